/** `keys create | list | retire`, and the other commands about keys, which have files of their own. */
import { createApiKey } from "../domain/api-key-creation.ts";
import { retireApiKey } from "../domain/api-key-retirement.ts";
import { type ApiKey, type ApiKeyState, listApiKeys } from "../domain/api-keys.ts";
import { narrowApiKeyCommand } from "./api-key-narrowing.ts";
import { rotateApiKeyCommand } from "./api-key-rotation.ts";
import { importCiviFormKeysCommand } from "./civiform-key-import.ts";
import { type Command, firstArgument, listOption, requireOption, UsageError } from "./command.ts";
import { describeCredentials } from "./credentials.ts";
import { verifyApiKeyCommand } from "./key-verification.ts";

const keysListedMax = 100_000;

/** The commands about API keys. */
export const apiKeyCommands: readonly Command[] = [
  {
    name: "keys create",
    summary: "make an API key and print its credentials, once",
    options: [
      ["--name <name>", "what the key is for"],
      ["--expires <YYYY-MM-DD>", "the day at whose start it stops working"],
      ["--subnet <cidr...>", "where it may be used from"],
      ["--read <slug...>", "programs whose applications it may read"],
      ["--write <slug...>", "programs that it may submit applications to"],
      ["--contact-email <e-mail>", "who is told when it runs out"],
      ["--note <text>", "anything that another admin should know"],
    ],
    async run({ connection, rules, salts, actor, now }, _args, options) {
      const textOption = (name: string) => String(options[name] ?? "");
      const { apiKey, credentials } = await createApiKey(connection.db, {
        form: {
          keyName: requireOption(options, "name"),
          expiration: requireOption(options, "expires"),
          subnet: listOption(options, "subnet").join("\n"),
          contactEmail: textOption("contactEmail"),
          note: textOption("note"),
          grants: [
            ...listOption(options, "read").map((slug) => ({ slug, permission: "READ" as const })),
            ...listOption(options, "write").map((slug) => ({ slug, permission: "WRITE" as const })),
          ],
          formToken: "",
        },
        rules,
        salts,
        actor,
        now,
      });
      return describeCredentials(apiKey, credentials);
    },
  },
  {
    name: "keys list",
    summary: "list API keys, newest first",
    options: [
      ["--state <state>", "only active, retired or expired ones"],
      ["--under-old-salt", "only those that are not under the current salt yet"],
    ],
    async run({ connection, salts, now }, _args, options) {
      const state = readState(options.state);
      const { apiKeys } = await listApiKeys(connection.db, {
        filter: {
          now,
          ...(state ? { state } : {}),
          ...(options.underOldSalt === true ? { saltIdNot: salts.current.id } : {}),
        },
        limit: keysListedMax,
      });
      return { json: apiKeys, text: apiKeys.map(describeKey).join("\n") };
    },
  },
  {
    name: "keys retire <key-id>",
    summary: "retire an API key, for good",
    options: [],
    async run({ connection, actor, now }, args) {
      const keyId = firstArgument(args);
      const retired = await retireApiKey(connection.db, { keyId, actor, now });
      return {
        json: { id: retired.id, keyId, name: retired.name, state: retired.state },
        text: `Retired the API key ${retired.name} (${keyId}).`,
      };
    },
  },
  rotateApiKeyCommand,
  narrowApiKeyCommand,
  verifyApiKeyCommand,
  importCiviFormKeysCommand,
];

const states: readonly ApiKeyState[] = ["active", "retired", "expired"];

function readState(value: unknown): ApiKeyState | undefined {
  if (value === undefined) return undefined;
  const state = states.find((known) => known === value);
  if (state === undefined) throw new UsageError(`--state must be one of ${states.join(", ")}.`);
  return state;
}

function describeKey(apiKey: ApiKey): string {
  const grants = apiKey.grants.map(({ slug, permission }) => `${permission} ${slug}`).join(", ");
  const expires = apiKey.expiration.toISOString();
  const subnets = apiKey.subnets.join(" ");
  return [apiKey.keyId, apiKey.state, expires, subnets, grants, apiKey.name].join("\t");
}

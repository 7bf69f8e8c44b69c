/** `keys create | list`; the other commands about keys have their own files. */
import { createApiKey } from "../../domain/access/keys/create.ts";
import type { ApiKey, ApiKeyState } from "../../domain/access/keys/find.ts";
import { apiKeyListing } from "../../domain/access/keys/list.ts";
import { readAll } from "../../lib/keyset.ts";
import { type Command, listOption, requireOption } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";
import { importCiviFormKeysCommand } from "./civiform-import.ts";
import { describeCredentials } from "./credentials.ts";
import { describeGrants, questionsOption, readGrants } from "./grants.ts";
import { narrowApiKeyCommand } from "./narrow.ts";
import { retireApiKeyCommand } from "./retire.ts";
import { rotateApiKeyCommand } from "./rotate.ts";
import { verifyApiKeyCommand } from "./verify.ts";

const states: readonly ApiKeyState[] = ["active", "retired", "expired"];

/** Commands about API keys. */
export const apiKeyCommands: readonly Command[] = [
  {
    name: "keys create",
    summary: "create an API key and print its credentials, once",
    example:
      'keys create --name "Case management" --expires 2027-06-30 --subnet 203.0.113.7/32 --read utility-discount',
    answer: '{"id","keyId","secret","token","name","expiration"}',
    options: [
      ["--name <name>", "what the key is for", { isRequired: true }],
      ["--expires <YYYY-MM-DD>", "expiration date: it stops working when that day starts", { isRequired: true }],
      ["--subnet <cidr...>", "subnets it may be used from", { isRequired: true }],
      ["--read <slug...>", "programs whose applications it may read"],
      ["--write <slug...>", "programs it may submit applications to and set their status in"],
      questionsOption,
      [
        "--renew-until <YYYY-MM-DD>",
        "until when the key can replace itself through the API; without it, only admins can",
      ],
      ["--contact-email <e-mail>", "who is notified before it expires"],
      ["--note <text>", "anything other admins should know"],
    ],
    async run({ connection, rules, salts, actor, now, zone }, _args, options) {
      const textOption = (name: string) => String(options[name] ?? "");
      const { apiKey, credentials } = await createApiKey(connection.db, {
        form: {
          keyName: requireOption(options, "name"),
          expiration: requireOption(options, "expires"),
          renewUntil: textOption("renewUntil"),
          subnet: listOption(options, "subnet").join("\n"),
          contactEmail: textOption("contactEmail"),
          note: textOption("note"),
          ...readGrants(options),
          formToken: "",
        },
        rules,
        salts,
        actor,
        now,
      });
      return describeCredentials(apiKey, credentials, zone);
    },
  },
  {
    name: "keys list",
    summary: "list API keys, newest first",
    example: "keys list --state active",
    answer:
      '[{"id","keyId","name","state","expiration","renewUntil","subnets","contactEmail","note","createdAt","createdBy","retiredAt","retiredBy","callCount","lastUsedAt","lastUsedAddress","grants":[{"programName","slug","permission","questions":{"mode","keys"}}],"predecessor","successor"}]',
    options: [
      ["--state <state>", "only keys in this state", { choices: states }],
      ["--under-old-salt", "only keys not yet under the current salt"],
    ],
    async run({ connection, salts, actor, now, zone }, _args, options) {
      const state = states.find((known) => known === options.state);
      const saltIdNot = options.underOldSalt === true ? { saltIdNot: salts.current.id } : {};
      const filter = { now, ...(state && { state }), ...saltIdNot };
      const apiKeys: ApiKey[] = await readAll(apiKeyListing(connection.db, { actor, filter }));
      return { json: apiKeys, text: describeKeys(apiKeys, zone) };
    },
  },
  retireApiKeyCommand,
  rotateApiKeyCommand,
  narrowApiKeyCommand,
  verifyApiKeyCommand,
  importCiviFormKeysCommand,
];

function describeKeys(apiKeys: readonly ApiKey[], zone: string): string {
  const rows = apiKeys.map((apiKey) => [
    apiKey.keyId,
    apiKey.state,
    formatTime(apiKey.expiration, zone),
    apiKey.lastUsedAt === null ? "never" : formatTime(apiKey.lastUsedAt, zone),
    apiKey.subnets.join(" "),
    describeGrants(apiKey.grants),
    apiKey.name,
  ]);
  const headings = ["KEY ID", "STATE", "EXPIRES", "LAST USED", "SUBNETS", "GRANTS", "NAME"];
  return formatTable(headings, rows, "No API keys found.");
}

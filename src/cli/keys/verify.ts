/** `keys verify`. */
import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { Permission } from "../../domain/access/grants.ts";
import { createKeyLookup } from "../../domain/access/lookup.ts";
import { createKeyReader } from "../../domain/access/stored-keys.ts";
import { verifyApiKey } from "../../domain/access/verify.ts";
import { parseAddress } from "../../lib/net/subnets.ts";
import { type Command, requireOption, UsageError } from "../command.ts";

const permissions: readonly Permission[] = ["READ", "WRITE"];

/** Tells whether the API would let a token in, and which rules say so. */
export const verifyApiKeyCommand: Command = {
  name: "keys verify",
  summary: "tell whether the API would allow a call, and why not (token on standard input)",
  example: `printf %s "$TOKEN" | {cli} keys verify --ip 203.0.113.7 --program utility-discount`,
  answer: '{"allowed","reason","rules":[{"rule","ok"}]}',
  options: [
    ["--ip <address>", "the address that the call comes from", { isRequired: true }],
    ["--program <slug>", "the program that it is about"],
    [
      "--permission <permission>",
      "on that program; READ if none is named",
      { choices: permissions },
    ],
  ],
  async run({ connection, salts, now, readToken }, _args, options) {
    const address = parseAddress(requireOption(options, "ip"));
    if (address === undefined) throw new UsageError("--ip is not an IPv4 or IPv6 address.");
    const wanted = readWanted(options);
    const verdict = await verifyApiKey(
      { token: await readToken(), address, now, wanted },
      { lookup: createKeyLookup(createKeyReader(connection.client)), salts },
    );
    const lines = verdict.rules.map(({ rule, ok }) => `  ${ok ? "yes" : "no "}  ${meanings[rule]}`);
    const outcome = verdict.allowed ? "Allowed." : `Refused: ${verdict.reason}.`;
    return {
      json: verdict,
      text: [outcome, ...lines].join("\n"),
      exitCode: verdict.allowed ? 0 : 1,
    };
  },
};

/** What holds when a rule does. */
const meanings: Readonly<Record<RefusalReason, string>> = {
  missing_credentials: "there are credentials",
  malformed_credentials: "they are one well-formed token",
  unknown_key: "there is a key with this key id",
  wrong_secret: "the secret is this key's",
  retired: "the key is not retired",
  expired: "the key has not expired",
  outside_subnet: "the address is inside one of its subnets",
  no_grant: "it has the permission on the program, where one is named",
};

function readWanted(options: Readonly<Record<string, unknown>>) {
  const permission = permissions.find((known) => known === options.permission) ?? "READ";
  if (options.program !== undefined) return { slug: String(options.program), permission };
  if (options.permission !== undefined) throw new UsageError("--permission needs a --program.");
  return undefined;
}

/** `keys verify`. */
import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { Permission } from "../../domain/access/grants.ts";
import { createKeyLookup } from "../../domain/access/lookup.ts";
import { createKeyReader } from "../../domain/access/stored-keys.ts";
import { verifyApiKey } from "../../domain/access/verify.ts";
import { parseAddress } from "../../lib/net/subnets.ts";
import { type Command, type CommandOptions, requireOption, UsageError } from "../command.ts";

const permissions: readonly Permission[] = ["READ", "WRITE"];

/** Checks whether the API would accept a token, rule by rule. */
export const verifyApiKeyCommand: Command = {
  name: "keys verify",
  summary: "check whether the API would allow a call, and why not (token on standard input)",
  example: `printf %s "$TOKEN" | {cli} keys verify --ip 203.0.113.7 --program utility-discount`,
  answer: '{"allowed","reason","rules":[{"rule","ok"}]}',
  options: [
    ["--ip <address>", "the caller's address", { isRequired: true }],
    ["--program <slug>", "the program that is called"],
    ["--permission <permission>", "the permission needed on it (default READ)", { choices: permissions }],
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
    return { json: verdict, text: [outcome, ...lines].join("\n"), exitCode: verdict.allowed ? 0 : 1 };
  },
};

/** What is true when a rule holds. */
const meanings: Readonly<Record<RefusalReason, string>> = {
  missing_credentials: "there are credentials",
  malformed_credentials: "they are well-formed",
  unknown_key: "a key has this key ID",
  wrong_secret: "the secret is correct",
  retired: "the key is not retired",
  expired: "the key has not expired",
  outside_subnet: "the address is in one of its subnets",
  no_grant: "it has the permission on the program, if one is named",
};

function readWanted(options: CommandOptions) {
  const permission = permissions.find((known) => known === options.permission) ?? "READ";
  if (options.program !== undefined) return { slug: String(options.program), permission };
  if (options.permission !== undefined) throw new UsageError("--permission needs a --program.");
  return undefined;
}

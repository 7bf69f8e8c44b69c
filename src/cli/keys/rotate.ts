/** `keys rotate`. */
import { graces, rotateApiKey } from "../../domain/access/keys/rotate.ts";
import { type Command, firstArgument, requireOption } from "../command.ts";
import { formatTime } from "../table.ts";
import { describeCredentials } from "./credentials.ts";

const graceNames = graces.map(({ name }) => name);

/** Replaces a key and prints the successor's credentials, once. */
export const rotateApiKeyCommand: Command = {
  name: "keys rotate <key-id>",
  summary: "replace an API key and print the new key's credentials, once",
  example: "keys rotate cvk_4Xr9TqLw2ZpVn8sKd3Yb1A --grace 24h --expires 2027-12-31",
  answer: '{"id","keyId","secret","token","name","expiration","predecessor":{"keyId","expiration"}}',
  options: [
    [
      "--expires <YYYY-MM-DD>",
      "the new key's expiration date: it stops working when that day starts",
      { isRequired: true },
    ],
    ["--grace <grace>", "how long the old key keeps working", { isRequired: true, choices: graceNames }],
  ],
  async run({ connection, rules, salts, actor, now, zone }, args, options) {
    const form = { expiration: requireOption(options, "expires"), grace: requireOption(options, "grace") };
    const input = { keyId: firstArgument(args), form, rules, salts, actor, now };
    const { successor, predecessor, credentials } = await rotateApiKey(connection.db, input);
    const { json, text } = describeCredentials(successor, credentials, zone);
    const old = { keyId: predecessor.keyId, expiration: predecessor.expiration.toISOString() };
    const ended =
      predecessor.state === "expired" ? "has expired" : `works until ${formatTime(predecessor.expiration, zone)}`;
    return { json: { ...json, predecessor: old }, text: `${text}\nThe old key ${old.keyId} ${ended}.` };
  },
};

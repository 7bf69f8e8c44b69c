/** `keys rotate`. */
import { graces, rotateApiKey } from "../domain/api-key-rotation.ts";
import { type Command, firstArgument, requireOption, UsageError } from "./command.ts";
import { describeCredentials } from "./credentials.ts";

const graceNames = graces.map(({ name }) => name);

/** Replaces a key and prints the successor's credentials, once. */
export const rotateApiKeyCommand: Command = {
  name: "keys rotate <key-id>",
  summary: "replace an API key and print its successor's credentials, once",
  options: [
    ["--expires <YYYY-MM-DD>", "the day at whose start the successor stops working"],
    ["--grace <grace>", `how long the old key still works: ${graceNames.join(", ")}`],
  ],
  async run({ connection, rules, salts, actor, now }, args, options) {
    const expiration = requireOption(options, "expires");
    const grace = requireOption(options, "grace");
    if (!graceNames.some((name) => name === grace)) {
      throw new UsageError(`--grace must be one of ${graceNames.join(", ")}.`);
    }
    const { successor, predecessor, credentials } = await rotateApiKey(connection.db, {
      keyId: firstArgument(args),
      form: { expiration, grace },
      rules,
      salts,
      actor,
      now,
    });
    const { json, text } = describeCredentials(successor, credentials);
    const old = { keyId: predecessor.keyId, expiration: predecessor.expiration.toISOString() };
    const ended = predecessor.state === "expired" ? "has ended" : `works until ${old.expiration}`;
    return {
      json: { ...json, predecessor: old },
      text: `${text}\nThe old key ${old.keyId} ${ended}.`,
    };
  },
};

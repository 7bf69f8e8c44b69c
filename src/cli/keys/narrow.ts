/** `keys narrow`. */
import { getApiKey } from "../../domain/access/keys/find.ts";
import { narrowApiKey } from "../../domain/access/keys/narrow.ts";
import { describeForNarrowing } from "../../domain/access/keys/narrow-form.ts";
import { type Command, firstArgument, listOption } from "../command.ts";
import { formatTime } from "../table.ts";
import { describeGrants, questionsOption, readGrants } from "./grants.ts";

/** Reduces what a key may do. Without an option, that part stays as it is. */
export const narrowApiKeyCommand: Command = {
  name: "keys narrow <key-id>",
  summary: "reduce an API key's subnets, grants or lifetime, or edit its name, contact or note",
  example: "keys narrow cvk_4Xr9TqLw2ZpVn8sKd3Yb1A --subnet 203.0.113.7/32",
  answer: "the key, as in keys list",
  options: [
    ["--subnet <cidr...>", "subnets to keep, or smaller ones"],
    ["--read <slug...>", "programs to keep READ on; removes every grant that neither --read nor --write names"],
    ["--write <slug...>", "programs to keep WRITE on; removes every grant that neither --read nor --write names"],
    questionsOption,
    ["--expires <YYYY-MM-DD>", "an earlier expiration date"],
    ["--renew-until <YYYY-MM-DD>", "an earlier end of its renewals through the API, or never"],
    ["--name <name>", "what the key is for"],
    ["--contact-email <e-mail>", "who is notified before it expires"],
    ["--note <text>", "anything other admins should know"],
  ],
  async run({ connection, zone, actor, now }, args, options) {
    const keyId = firstArgument(args);
    const asItIs = describeForNarrowing(await getApiKey(connection.db, { keyId, actor, now }), zone);
    const textOption = (name: string, fallback: string) => String(options[name] ?? fallback);
    const { grants, questions } = readGrants(options);
    const subnets = listOption(options, "subnet");
    const apiKey = await narrowApiKey(connection.db, {
      keyId,
      form: {
        keyName: textOption("name", asItIs.keyName),
        expiration: textOption("expires", asItIs.expiration),
        renewUntil: options.renewUntil === "never" ? "" : textOption("renewUntil", asItIs.renewUntil ?? ""),
        subnet: subnets.length > 0 ? subnets.join("\n") : asItIs.subnet,
        contactEmail: textOption("contactEmail", asItIs.contactEmail),
        note: textOption("note", asItIs.note),
        grants: grants.length > 0 ? grants : asItIs.grants,
        questions: [...(asItIs.questions ?? []), ...questions],
      },
      zone,
      actor,
      now,
    });
    return {
      json: apiKey,
      text: `The API key ${apiKey.name} (${keyId}) now has ${describeGrants(apiKey.grants)} from ${apiKey.subnets.join(" ")} until ${formatTime(apiKey.expiration, zone)}.`,
    };
  },
};

/** `keys narrow`. */

import { getApiKey } from "../../domain/access/keys/find.ts";
import { narrowApiKey } from "../../domain/access/keys/narrow.ts";
import { describeForNarrowing } from "../../domain/access/keys/narrow-form.ts";
import { type Command, firstArgument, listOption } from "../command.ts";
import { formatTime } from "../table.ts";

/** Takes away from a key; what no option names stays as it is. */
export const narrowApiKeyCommand: Command = {
  name: "keys narrow <key-id>",
  summary: "take subnets, grants or time away from an API key, or edit what is said about it",
  example: "keys narrow cvk_4Xr9TqLw2ZpVn8sKd3Yb1A --subnet 203.0.113.7/32",
  answer: "the key, as in keys list",
  options: [
    ["--subnet <cidr...>", "the subnets that stay, or smaller ones"],
    ["--read <slug...>", "programs that it may still read; others stop, with --write too"],
    ["--write <slug...>", "programs that it may still write to; others stop, with --read too"],
    ["--expires <YYYY-MM-DD>", "an earlier day at whose start it stops working"],
    ["--name <name>", "what the key is for"],
    ["--contact-email <e-mail>", "who is told when it runs out"],
    ["--note <text>", "anything that another admin should know"],
  ],
  async run({ connection, zone, actor, now }, args, options) {
    const keyId = firstArgument(args);
    const asItIs = describeForNarrowing(await getApiKey(connection.db, { keyId, now }), zone);
    const textOption = (name: string, fallback: string) => String(options[name] ?? fallback);
    const grants = [
      ...listOption(options, "read").map((slug) => ({ slug, permission: "READ" as const })),
      ...listOption(options, "write").map((slug) => ({ slug, permission: "WRITE" as const })),
    ];
    const subnets = listOption(options, "subnet");
    const apiKey = await narrowApiKey(connection.db, {
      keyId,
      form: {
        keyName: textOption("name", asItIs.keyName),
        expiration: textOption("expires", asItIs.expiration),
        subnet: subnets.length > 0 ? subnets.join("\n") : asItIs.subnet,
        contactEmail: textOption("contactEmail", asItIs.contactEmail),
        note: textOption("note", asItIs.note),
        grants: grants.length > 0 ? grants : asItIs.grants,
      },
      zone,
      actor,
      now,
    });
    const held = apiKey.grants.map(({ slug, permission }) => `${permission} ${slug}`).join(", ");
    return {
      json: apiKey,
      text: `The API key ${apiKey.name} (${keyId}) now has ${held} from ${apiKey.subnets.join(" ")} until ${formatTime(apiKey.expiration, zone)}.`,
    };
  },
};

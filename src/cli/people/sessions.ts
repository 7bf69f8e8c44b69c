/** `people sessions`. */
import { endSessionsOf } from "../../domain/access/people/end-sessions.ts";
import { getPerson } from "../../domain/access/people/find.ts";
import { listSessionsOf } from "../../domain/access/people/sessions.ts";
import { readSessionPolicy } from "../../instance/open.ts";
import { type Command, firstArgument } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";

/** Lists the sessions of a person, or ends them. */
export const personSessionsCommand: Command = {
  name: "people sessions <email>",
  summary: "list the sessions of a person, or end them",
  example: "people sessions lin@example.org --end",
  answer: '[{"startedAt","lastSeenAt","address","userAgent"}], or with --end {"email","ended"}',
  options: [["--end", "end all of them"]],
  async run({ connection: { db }, config, actor, now, zone }, args, options) {
    const email = firstArgument(args);
    if (options.end === true) {
      const json = await endSessionsOf(db, { email, actor, now });
      return { json, text: `Ended ${json.ended} session(s) of ${json.email}.` };
    }
    const { id } = await getPerson(db, { email });
    const sessions = await listSessionsOf(db, { personId: id, policy: readSessionPolicy(config), now });
    const rows = sessions.map(({ startedAt, lastSeenAt, address, userAgent }) => [
      ...[startedAt, lastSeenAt].map((at) => formatTime(at, zone)),
      ...[address, userAgent].map((text) => text ?? "unknown"),
    ]);
    const json = sessions.map(({ id: _, ...session }) => session);
    return { json, text: formatTable(["SIGNED IN", "LAST SEEN", "ADDRESS", "BROWSER"], rows, "No sessions.") };
  },
};

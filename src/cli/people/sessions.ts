/** `people sessions`. */
import { endSessionsOf } from "../../domain/access/people/end-sessions.ts";
import { getPerson } from "../../domain/access/people/find.ts";
import { listSessionsOf } from "../../domain/access/people/sessions.ts";
import { readSessionPolicy } from "../../instance/open.ts";
import { type Command, type CommandContext, firstArgument } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";

/** Lists the sessions of a person, or ends them. */
export const personSessionsCommand: Command = {
  name: "people sessions <email>",
  summary: "list the sessions of a person, or end them",
  example: "people sessions lin@example.org --end",
  answer: '[{"startedAt","lastSeenAt","address","userAgent"}], or with --end {"email","ended"}',
  options: [["--end", "end all of them"]],
  run: listOrEndSessions,
};

async function listOrEndSessions(
  { connection, config, actor, now, zone }: CommandContext,
  args: readonly (string | string[])[],
  options: Readonly<Record<string, unknown>>,
) {
  const email = firstArgument(args);
  if (options.end === true) {
    const json = await endSessionsOf(connection.db, { email, actor, now });
    return { json, text: `Ended ${json.ended} session(s) of ${json.email}.` };
  }
  const policy = readSessionPolicy(config);
  const { id } = await getPerson(connection.db, { email });
  const sessions = await listSessionsOf(connection.db, { personId: id, policy, now });
  const rows = sessions.map(({ startedAt, lastSeenAt, address, userAgent }) => [
    formatTime(startedAt, zone),
    formatTime(lastSeenAt, zone),
    address ?? "unknown",
    userAgent ?? "unknown",
  ]);
  const json = sessions.map(({ id: _, ...session }) => session);
  return { json, text: formatTable(["SIGNED IN", "LAST SEEN", "ADDRESS", "BROWSER"], rows, "No sessions.") };
}

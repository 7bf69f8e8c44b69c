/** PostgreSQL's own client, if it is installed. */
import type { DatabaseTarget } from "../../src/db/client.ts";
import { urlOf } from "../support/database.ts";

/** Whether `psql` is installed. */
export function hasPsql(): boolean {
  return Bun.which("psql") !== null;
}

/**
 * Runs one command, its output in a pipe to `receiver` (a shell command), and gives what that prints. What
 * came must be counted: a shell does not tell when the first program of a pipe fails.
 */
export async function runPsql(target: DatabaseTarget, command: string, receiver = "cat"): Promise<string> {
  const child = Bun.spawn(["sh", "-c", `psql -X -q -v ON_ERROR_STOP=1 "$URL" -c "$COMMAND" | ${receiver}`], {
    stdout: "pipe",
    stderr: "inherit",
    env: { PATH: process.env.PATH ?? "", URL: urlOf(target), COMMAND: command },
  });
  const output = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`psql ${command} failed`);
  return output.trim();
}

/** How a server process starts and stops: it says why it could not start, and stops on a signal. */
import type { Environment } from "../config/variables.ts";
import type { Database } from "../db/client.ts";
import { createSetupToken } from "../domain/access/people/setup.ts";
import { describeFailure } from "../instance/failure.ts";
import { isDatabaseUnavailable } from "../lib/errors.ts";
import { writesPretty } from "../log.ts";

/** Something that runs until it is stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** Runs a start. If it fails, the process says why in a sentence, or in one JSON line where the log is JSON, and exits with 1. */
export async function runStart(start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(explainStart(error, process.env));
    process.exit(1);
  }
}

/** What a failed start prints: no stack, except of an unexpected error with `LOG_LEVEL=debug`. */
export function explainStart(error: unknown, { LOG_FORMAT: format, LOG_LEVEL: level }: Environment): string {
  const { error: kind, message, problems } = describeFailure(error);
  if (kind === "unexpected" && level === "debug") return `${Bun.inspect(error)}\n`;
  if (writesPretty(format === "json" || format === "pretty" ? format : "auto"))
    return `CiviKey did not start. ${message}\n`;
  const line = { time: new Date().toISOString(), level: "error", msg: "CiviKey did not start", error: kind };
  return `${JSON.stringify({ ...line, problem: message, problems })}\n`;
}

/**
 * Stops on the first SIGTERM or SIGINT and exits with 0, or with 1 when stopping failed. Gives a function that does
 * the same without a signal.
 */
export function stopOnSignal(running: Stoppable, exit: (code: number) => void = process.exit): () => void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    running.stop().then(
      () => exit(0),
      (error) => {
        process.stderr.write(`CiviKey did not stop cleanly. ${describeFailure(error).message}\n`);
        exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  return stop;
}

/** Prints the address of the server, and the link to create the first admin if there is none. */
export async function announce(db: Database, baseUrl: string): Promise<void> {
  process.stdout.write(`CiviKey listens on ${baseUrl}\n`);
  try {
    const token = await createSetupToken(db, { now: new Date() });
    if (token === undefined) return;
    const link = `${baseUrl}/setup?token=${token.reveal()}`;
    process.stdout.write(`There is no admin yet. Create the first one here: ${link}\n`);
  } catch (error) {
    // The server is already running, and need not stop because the database has gone away.
    if (!isDatabaseUnavailable(error)) throw error;
    process.stderr.write("The link for the first admin could not be made. Restart to get it.\n");
  }
}

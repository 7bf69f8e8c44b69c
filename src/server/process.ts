/** How a server process starts and stops: it says why it could not start, and stops on a signal. */
import { ConfigError } from "../config/variables.ts";
import type { Database } from "../db/client.ts";
import { EmbeddedPostgresError } from "../db/embedded/report.ts";
import { describeFailedConnection } from "../db/failed-connection.ts";
import { UnfitDatabaseError } from "../db/migrate.ts";
import { createSetupToken } from "../domain/access/people/setup.ts";
import { describeError } from "../http/answers/errors.ts";
import { isDatabaseUnavailable } from "../lib/errors.ts";

/** Something that runs until it is stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** A start that cannot succeed; the message says why. */
export class StartFailure extends Error {}

/** Runs a start. A failure that the operator can fix is explained in a sentence, and the process exits with 1. */
export async function runStart(start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    const reason = describeStartFailure(error);
    if (reason === undefined) throw error;
    process.stderr.write(`CiviKey did not start. ${reason}\n`);
    process.exit(1);
  }
}

/** Explains to the operator why a start failed, or gives undefined for an unexpected error. */
export function describeStartFailure(error: unknown): string | undefined {
  const isExpected =
    error instanceof StartFailure ||
    error instanceof ConfigError ||
    error instanceof EmbeddedPostgresError ||
    error instanceof UnfitDatabaseError;
  if (isExpected) return error.message;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return "The port is in use. Stop what is using it, or set PORT.";
  return describeFailedConnection(error);
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
        const { class: name, code } = describeError(error);
        process.stderr.write(
          `CiviKey did not stop cleanly. ${describeStartFailure(error) ?? `${name} ${code ?? ""}`}\n`,
        );
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

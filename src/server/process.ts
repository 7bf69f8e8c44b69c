/** What every process of the server does at its beginning and its end: say why it did not start, and stop on a signal. */
import { ConfigError } from "../config/variables.ts";
import type { Database } from "../db/client.ts";
import { EmbeddedPostgresError } from "../db/embedded/postgres.ts";
import { UnfitDatabaseError } from "../db/migrate.ts";
import { createSetupToken } from "../domain/access/admins/setup.ts";
import { isDatabaseUnavailable } from "../lib/errors.ts";

/** Something that runs until it is stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** A start that cannot succeed; the message says why. */
export class StartFailure extends Error {}

/** Runs a start; a failure that an operator can mend is said in a sentence, and the process ends with 1. */
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

/** What PgBouncer says to a connection that asks for time-outs; its SQLSTATE stands for many things. */
const refusedSettings = /unsupported startup parameter/;
const poolerHint =
  "What DATABASE_URL leads to refuses the settings of a connection. If that is PgBouncer, add " +
  "pgbouncer=true to the URL (docs/scaling.md).";

/** Says why a start failed to the operator who has to mend it, or nothing when that is a surprise. */
export function describeStartFailure(error: unknown): string | undefined {
  const isExpected =
    error instanceof StartFailure ||
    error instanceof ConfigError ||
    error instanceof EmbeddedPostgresError ||
    error instanceof UnfitDatabaseError;
  if (isExpected) return error.message;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (error instanceof Error && refusedSettings.test(error.message)) return poolerHint;
  if (code === "EADDRINUSE") return "The port is in use: stop what listens there, or set PORT.";
  return undefined;
}

/** Stops on the first SIGTERM or SIGINT, and ends the process well. Gives what does the same without a signal. */
export function stopOnSignal(running: Stoppable): () => void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    void running.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  return stop;
}

/** Says where the server is, and prints the link for the first admin when there is none yet. */
export async function announce(db: Database, baseUrl: string): Promise<void> {
  process.stdout.write(`CiviKey listens on ${baseUrl}\n`);
  try {
    const token = await createSetupToken(db, { now: new Date() });
    if (token === undefined) return;
    const link = `${baseUrl}/setup?token=${token.reveal()}`;
    process.stdout.write(`There is no admin yet. Make the first one here: ${link}\n`);
  } catch (error) {
    // The server serves already: a database that is away now is no reason to stop it.
    if (!isDatabaseUnavailable(error)) throw error;
    process.stderr.write("The link for the first admin could not be made: restart to get it.\n");
  }
}

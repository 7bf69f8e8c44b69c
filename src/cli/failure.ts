/** What is said about a command that failed: for people in a sentence, with `--json` as an object. */
import { CommanderError } from "commander";
import { ConfigError } from "../config/variables.ts";
import { EmbeddedPostgresError } from "../db/embedded/postgres.ts";
import { UnfitDatabaseError } from "../db/migrate.ts";
import { DomainError, type ErrorCode, isDatabaseUnavailable } from "../lib/errors.ts";
import { UsageError } from "./command.ts";

/** A failure as `--json` prints it, to standard error. */
export interface Failure {
  readonly error: ErrorCode | "usage" | "configuration" | "database" | "unexpected";
  /** One or more sentences for the operator. */
  readonly message: string;
  /** Each thing that is wrong, where there can be several. */
  readonly problems?: readonly string[];
}

/** Reads any error. An unexpected one shows its class and code: its message may quote data. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // Commander shows its help when the verb is missing, and says no more.
    const isBare = error.code === "commander.help";
    const message = isBare ? "A command is missing." : error.message.replace(/^error: /, "");
    return { error: "usage", message };
  }
  if (error instanceof UsageError) return { error: "usage", message: error.message };
  if (error instanceof ConfigError) {
    return { error: "configuration", message: error.message, problems: error.problems };
  }
  if (error instanceof DomainError) {
    const problems = Object.values(error.fields).flat();
    return { error: error.code, message: error.message, ...(problems.length > 0 && { problems }) };
  }
  if (error instanceof EmbeddedPostgresError || error instanceof UnfitDatabaseError) {
    return { error: "database", message: error.message };
  }
  if (isDatabaseUnavailable(error)) {
    return { error: "unavailable", message: "The database does not answer." };
  }
  // The library's name for Ctrl-C at a question.
  if (error instanceof Error && error.name === "ExitPromptError") {
    return { error: "invalid", message: "Nothing was done: the question was not answered." };
  }
  return describeRefusedConnection(error) ?? describeUnexpected(error);
}

/** The exit code that goes with it: 2 for a wrong call, else 1. */
export function exitCodeOf({ error }: Failure): 1 | 2 {
  return error === "usage" ? 2 : 1;
}

/** The SQLSTATEs of a DATABASE_URL that names what is not there or not allowed. */
const refusedConnections: Readonly<Record<string, string>> = {
  "28000": "PostgreSQL refuses the user of DATABASE_URL.",
  "28P01": "PostgreSQL refuses the user or the password of DATABASE_URL.",
  "3D000": "PostgreSQL has no database of the name in DATABASE_URL.",
  "42501": "The user of DATABASE_URL may not do this in the database.",
};

function describeRefusedConnection(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const message = "code" in error ? refusedConnections[String(error.code)] : undefined;
  return message === undefined
    ? describeRefusedConnection(error.cause)
    : { error: "database", message };
}

function describeUnexpected(error: unknown): Failure {
  const names: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    names.push("code" in cause ? `${cause.name} ${cause.code}` : cause.name);
  }
  const kind = names.join(", because of ") || typeof error;
  return {
    error: "unexpected",
    message: `Something failed that should not: ${kind}. LOG_LEVEL=debug shows where.`,
  };
}

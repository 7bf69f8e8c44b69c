/** How a failed command is reported: a sentence for people, an object with `--json`. */
import { CommanderError } from "commander";
import { ConfigError } from "../config/variables.ts";
import { EmbeddedPostgresError } from "../db/embedded/report.ts";
import { describeFailedConnection } from "../db/failed-connection.ts";
import { UnfitDatabaseError } from "../db/migrate.ts";
import { DomainError, type ErrorCode, isDatabaseUnavailable } from "../lib/errors.ts";
import { UsageError } from "./command.ts";

/** A failure as `--json` prints it, to standard error. */
export interface Failure {
  readonly error: ErrorCode | "usage" | "configuration" | "database" | "unexpected";
  /** One or more sentences for the operator. */
  readonly message: string;
  /** Every problem, where there can be several. */
  readonly problems?: readonly string[];
}

/** Describes any error. An unexpected one shows only its class and code: its message may quote data. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // Commander shows its help when the verb is missing, without a message.
    const isBare = error.code === "commander.help";
    const message = isBare ? "Missing command." : error.message.replace(/^error: /, "");
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
  const problem = describeFailedConnection(error);
  if (isDatabaseUnavailable(error)) {
    return { error: "unavailable", message: problem ?? "The database is not responding." };
  }
  if (problem !== undefined) return { error: "database", message: problem };
  // The library's name for Ctrl-C at a question.
  if (error instanceof Error && error.name === "ExitPromptError") {
    return { error: "invalid", message: "Cancelled. Nothing was changed." };
  }
  return describeUnexpected(error);
}

/** Its exit code: 2 for a usage error, otherwise 1. */
export function exitCodeOf({ error }: Failure): 1 | 2 {
  return error === "usage" ? 2 : 1;
}

function describeUnexpected(error: unknown): Failure {
  const names: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    names.push("code" in cause ? `${cause.name} ${cause.code}` : cause.name);
  }
  const kind = names.join(", because of ") || typeof error;
  return {
    error: "unexpected",
    message: `Unexpected error: ${kind}. Set LOG_LEVEL=debug to see where.`,
  };
}

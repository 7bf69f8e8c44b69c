/** Why a server or a command failed, in a sentence for the operator. Every known cause ends here; nobody prints a stack. */
import { ConfigError } from "../config/variables.ts";
import { EmbeddedPostgresError } from "../db/embedded/report.ts";
import { describeFailedConnection } from "../db/failed-connection.ts";
import { UnfitDatabaseError } from "../db/migrate.ts";
import { DomainError, type ErrorCode, isDatabaseUnavailable } from "../lib/errors.ts";
import { describeFileProblem } from "../lib/file-problem.ts";

/** A failure, as the CLI prints it with `--json`. */
export interface Failure {
  readonly error: ErrorCode | "usage" | "configuration" | "database" | "network" | "file" | "unexpected";
  /** One or more sentences for the operator. */
  readonly message: string;
  /** Every problem, where there can be several. */
  readonly problems?: readonly string[];
}

/** A start that cannot succeed; the message says why. */
export class StartFailure extends Error {}

/** What the operating system says to a process that wants to listen. */
const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: "The port is in use. Stop what is using it, or set PORT.",
  EADDRNOTAVAIL: "HOST is not an address of this machine.",
};

/** Describes any error. An unexpected one shows only its class and code: its message may quote data. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof ConfigError) {
    return { error: "configuration", message: error.message, problems: error.problems };
  }
  if (error instanceof DomainError) {
    const problems = Object.values(error.fields).flat();
    return { error: error.code, message: error.message, ...(problems.length > 0 && { problems }) };
  }
  if (error instanceof StartFailure) return { error: "unavailable", message: error.message };
  if (error instanceof EmbeddedPostgresError || error instanceof UnfitDatabaseError) {
    return { error: "database", message: error.message };
  }
  const { code, syscall, path }: Record<string, unknown> = Object(error);
  const listening =
    code === "EACCES" && syscall === "listen"
      ? "No permission to listen on PORT: below 1024 it needs a privilege."
      : listenProblems[String(code)];
  if (listening !== undefined) return { error: "network", message: listening };
  const problem = describeFailedConnection(error);
  if (problem !== undefined || isDatabaseUnavailable(error)) {
    const kind = isDatabaseUnavailable(error) ? "unavailable" : "database";
    return { error: kind, message: problem ?? "The database is not responding." };
  }
  const fileProblem = describeFileProblem(error);
  if (fileProblem !== undefined)
    return { error: "file", message: `${path ?? "A file"} can't be used: ${fileProblem}.` };
  return describeUnexpected(error);
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

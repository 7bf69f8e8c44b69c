/** Why a database that answers cannot store anything: the operator must act, and everything else waits. */

/** What is wrong, as `/readyz` and the log name it. */
export type WriteProblem = "disk_full" | "disk_error" | "read_only";

/** By SQLSTATE. */
const problems: Readonly<Record<string, WriteProblem>> = {
  "53100": "disk_full",
  "58030": "disk_error",
  "25006": "read_only",
};

const sentences: Readonly<Record<WriteProblem, string>> = {
  disk_full: "The database cannot store anything: its disk is full.",
  disk_error: "The database cannot use its disk.",
  read_only: "The database is read-only: it takes no changes.",
};

/**
 * What an error, or what caused it, says of storing: nothing of the statement or the transaction was.
 * Undefined when it is about something else, and when PostgreSQL ends over it (no room for its log): the
 * commit may have been in the log already, and then it counts.
 */
export function findWriteProblem(error: unknown): WriteProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("severity" in error && error.severity === "PANIC") return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return problems[code] ?? findWriteProblem(error.cause);
}

/** What an admin is told of it. */
export function describeWriteProblem(problem: WriteProblem): string {
  return `${sentences[problem]} Nothing was changed. Contact the operator of this server.`;
}

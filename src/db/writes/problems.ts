/** Why a database that answers cannot store anything. The operator must act. */

/** The problem, as named by `/readyz` and the log. */
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
 * The problem behind an error, if the statement or transaction stored nothing because of it. Undefined for
 * other errors, and when PostgreSQL crashes over it (no room for its log): the commit may have been logged
 * already, and then it counts.
 */
export function findWriteProblem(error: unknown): WriteProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("severity" in error && error.severity === "PANIC") return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return problems[code] ?? findWriteProblem(error.cause);
}

/** The message for admins. */
export function describeWriteProblem(problem: WriteProblem): string {
  return `${sentences[problem]} Nothing was changed. Contact the operator of this server.`;
}

/** Explains to an operator why PostgreSQL cannot be used. */

/** By SQLSTATE: what PostgreSQL says to a connection. */
const refusals: Readonly<Record<string, string>> = {
  "28000": "PostgreSQL rejects the user in DATABASE_URL.",
  "28P01": "PostgreSQL rejects the user or password in DATABASE_URL.",
  "3D000": "The database in DATABASE_URL does not exist.",
  "42501": "The user in DATABASE_URL lacks a privilege in the database.",
  "53300": "PostgreSQL has no connection left. Raise its max_connections, or stop what uses them.",
  "57P03": "PostgreSQL is starting or stopping. Try again in a few seconds.",
};

/** By the code of the driver or the operating system: what is wrong with the PostgreSQL at an address. */
const faults: Readonly<Record<string, string>> = {
  CONNECTION_CLOSED: "closes connections at once",
  CONNECT_TIMEOUT: "does not answer",
  EAI_AGAIN: "cannot be found: names cannot be looked up now",
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "closes connections at once",
  EHOSTUNREACH: "cannot be reached: there is no route to it",
  ENETUNREACH: "cannot be reached: there is no route to it",
  ENOENT: "cannot be found: there is no such socket",
  ENOTFOUND: "cannot be found: there is no such name",
  EPIPE: "closes connections at once",
  ETIMEDOUT: "does not answer",
};

/** Says in a sentence why a connection failed, or undefined when an error, and what caused it, is no such failure. */
export function describeFailedConnection(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, hostname, address, port }: Error & Record<string, unknown> = { ...error };
  const fault = code === "ENOENT" && syscall !== "connect" ? undefined : faults[String(code)];
  if (fault !== undefined) {
    const place = [hostname ?? [address].flat()[0], [port].flat()[0]].filter((part) => part !== undefined);
    return `PostgreSQL ${place.length > 0 ? `at ${place.join(":")} ` : ""}${fault}. Check DATABASE_URL.`;
  }
  return refusals[String(code)] ?? describeFailedConnection(error.cause);
}

/** Explains to an operator why PostgreSQL cannot be used: the one table of causes, for the server and the CLI. */

/** By SQLSTATE. Those that end in a colon go on with PostgreSQL's own words, which name a role, a host or a table. */
const refusals: Readonly<Record<string, string>> = {
  "25006": "is read-only: it is a standby, or set to default_transaction_read_only",
  "28000": "rejects the connection:",
  "28P01": "rejects the user or password",
  "3D000": "has no such database",
  "42501": "does not let this role do that; `database migrate` with the URL of the owner grants what a server needs:",
  "53100": "cannot write: its disk is full",
  "53200": "has no memory left",
  "53300": "has no connection left: raise its max_connections, or stop what uses them",
  "57P01": "is stopping",
  "57P02": "has just crashed, and starts again",
  "57P03": "is starting or stopping: try again in a few seconds",
  "58030": "cannot use its disk",
};

/** By the code of the driver, of TLS, or of the operating system. */
const faults: Readonly<Record<string, string>> = {
  CONNECTION_CLOSED: "closes connections at once",
  CONNECT_TIMEOUT: "does not answer",
  EACCES: "cannot be reached: no permission to use its socket",
  EAI_AGAIN: "cannot be found: names cannot be looked up now",
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "closes connections at once",
  EHOSTUNREACH: "cannot be reached: there is no route to it",
  ENETUNREACH: "cannot be reached: there is no route to it",
  ENOENT: "cannot be found: there is no such socket",
  ENOTFOUND: "cannot be found: there is no such name",
  EPIPE: "closes connections at once",
  ETIMEDOUT: "does not answer",
  UNWANTED_SERVER: "is a standby, and the primary is needed",
  NO_TLS: "offers no TLS: turn it on there, or set sslmode=disable",
  CERT_HAS_EXPIRED: "has a certificate that has expired",
  CERT_NOT_YET_VALID: "has a certificate that is not valid yet: check the clocks",
  ERR_TLS_CERT_ALTNAME_INVALID: "has a certificate for another name",
};

/** Nobody whom we trust vouches for a certificate. */
const untrusted = /SELF_SIGNED_CERT|^UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)/;
/** What OpenSSL calls an alert of the other side. */
const tlsAlert = /^ERR_SSL_.*(ALERT|CERT)/;
const tlsCode = /^ERR_(SSL|TLS|OSSL|BORINGSSL)/;
/** PgBouncer's answer to a connection that sets timeouts. Its SQLSTATE can mean other things. */
const refusedSettings = /unsupported startup parameter/;
const poolerHint = "refuses connection settings: if it is PgBouncer, add pgbouncer=true to the URL (docs/scaling.md)";

/**
 * Says in a sentence why PostgreSQL cannot be used, naming each host that was tried and the variable; undefined for
 * any other error.
 */
export function describeFailedConnection(error: unknown, variable = "DATABASE_URL"): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const failures: unknown[] = "failures" in error && Array.isArray(error.failures) ? error.failures : [];
  if (failures.length > 1) {
    const causes = failures.map((one) => describeCause(one) ?? "PostgreSQL cannot be reached");
    return `${variable}: no server can be used: ${causes.join("; ")}.`;
  }
  const cause = describeCause(error);
  if (cause !== undefined) return `${variable}: ${cause}.`;
  return describeFailedConnection(error.cause, variable);
}

function describeCause(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, host, hostname, address, port }: Record<string, unknown> = Object(error);
  const fault = findFault(String(code), { message: error.message, isConnecting: syscall === "connect" || !syscall });
  if (fault === undefined) return undefined;
  const place = [host ?? hostname ?? [address].flat()[0], [port].flat()[0]].filter((part) => part !== undefined);
  return `PostgreSQL ${place.length > 0 ? `at ${place.join(":")} ` : ""}${fault}`;
}

function findFault(code: string, { message, isConnecting }: { message: string; isConnecting: boolean }) {
  if (refusedSettings.test(message)) return poolerHint;
  const refusal = refusals[code];
  if (refusal !== undefined) return refusal.endsWith(":") ? `${refusal} ${message}` : refusal;
  if (untrusted.test(code)) return "has a certificate that sslrootcert did not sign";
  if (tlsAlert.test(code)) return `does not accept the client certificate (${code})`;
  if (faults[code] === undefined && tlsCode.test(code)) return `cannot agree on TLS with this machine (${code})`;
  // A file that is missing or private is none of PostgreSQL's.
  return isConnecting || !/^(ENOENT|EACCES)$/.test(code) ? faults[code] : undefined;
}

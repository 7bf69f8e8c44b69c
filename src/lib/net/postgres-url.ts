/**
 * A PostgreSQL URL as libpq reads it (its manual, "Connection URIs"), except that nothing is silent: unknown
 * parameters are refused, an encryption that can fall back to none too, and beyond this machine it must be chosen.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import tls, { type ConnectionOptions } from "node:tls";
import { describeFileProblem } from "../file-problem.ts";
import { findNearMiss } from "../near-miss.ts";
import { isLoopbackHost } from "./public-addresses.ts";

/** A server: its name or address, or the folder of its socket. */
interface PostgresHost {
  readonly host: string;
  readonly port: number;
}

/** A URL that was read; what it does not say is undefined. */
export interface PostgresUrl {
  /** At least one, in the order in which they are tried. */
  readonly hosts: readonly PostgresHost[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** Of several hosts the primary, unless the URL says otherwise. */
  readonly wanted: "any" | "primary" | "standby";
  /** Reads the files, which are renewed now and then, and gives the options of TLS; undefined without encryption. */
  readonly readTls: (() => ConnectionOptions) | undefined;
  readonly applicationName: string | undefined;
  readonly connectTimeoutSeconds: number | undefined;
  /** Settings for PostgreSQL: `-c name=value`. */
  readonly options: string | undefined;
  /** There is a PgBouncer in transaction mode in between. */
  readonly isPgbouncer: boolean;
}

const parameterNames = [
  ...["host", "port", "user", "password", "dbname", "options", "pgbouncer", "application_name", "connect_timeout"],
  ...["target_session_attrs", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword"],
];
const tlsModes = ["require", "verify-ca", "verify-full"];
/** Both names of libpq for each: what matters here is whether a server is in recovery. */
const targets: Readonly<Record<string, PostgresUrl["wanted"]>> = {
  any: "any",
  "read-write": "primary",
  primary: "primary",
  "read-only": "standby",
  standby: "standby",
};

const form = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/;

/** Reads a URL. Throws an Error whose message completes "DATABASE_URL ..." and quotes no password. */
export function readPostgresUrl(text: string): PostgresUrl {
  const [, login, authority = "", path = "", query = ""] =
    form.exec(text) ?? fail("must be a postgres:// URL such as postgres://user@host:5432/database");
  const [user, ...passwordParts] = login?.split(":") ?? [];
  const given = readParameters(query);
  const hosts = readHosts(authority, given);
  const { application_name: applicationName, options, pgbouncer, connect_timeout: timeout } = given;
  if (pgbouncer !== undefined && !/^(true|false)$/.test(pgbouncer)) fail("needs pgbouncer=true or false");
  if (timeout !== undefined && !/^[1-9]\d{0,3}$/.test(timeout)) fail("needs a connect_timeout in whole seconds");
  return {
    hosts,
    user: given.user ?? readPart(user),
    password: given.password ?? readPart(passwordParts.length > 0 ? passwordParts.join(":") : undefined),
    database: given.dbname ?? readPart(path),
    wanted: readTarget(hosts, given.target_session_attrs),
    readTls: findTls(hosts, given),
    ...{ applicationName, options },
    connectTimeoutSeconds: timeout === undefined ? undefined : Number(timeout),
    isPgbouncer: pgbouncer === "true",
  };
}

/** Hosts and ports, as an operator wrote them. */
export function printHosts({ hosts }: Pick<PostgresUrl, "hosts">): string {
  return hosts.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`).join(",");
}

type Parameters = Readonly<Partial<Record<string, string>>>;

function fail(problem: string): never {
  throw new Error(problem);
}

/** Percent-encoded text; nothing when it is empty. A plus is a plus. NUL would end the text, and begin another, where PostgreSQL reads it. */
function readPart(text: string | undefined): string | undefined {
  if (text?.includes("%00") || text?.includes("\0")) fail("has a NUL character");
  try {
    return decodeURIComponent(text ?? "") || undefined;
  } catch {
    return fail("has a % that does not begin the code of a character: write %25 for the sign itself");
  }
}

function readParameters(query: string): Parameters {
  const given: Record<string, string> = {};
  for (const [name = "", ...value] of query.split("&").map((pair) => pair.split("="))) {
    if (name === "" && value.length === 0) continue;
    if (!parameterNames.includes(name)) {
      const meant = findNearMiss(name, parameterNames);
      const advice = meant ? `did you mean ${meant}?` : `CiviKey knows ${parameterNames.join(", ")}`;
      // Without a value it may be part of a password.
      const shown = value.length > 0 && /^\w{1,40}$/.test(name) ? `, ${name}` : "";
      fail(`has an unknown parameter${shown}: ${advice}`);
    }
    if (name in given) fail(`names ${name} twice`);
    given[name] = readPart(value.join("=")) ?? fail(`has nothing after ${name}=`);
  }
  return given;
}

/** The parameters `host` and `port` replace those before the database, as with libpq. */
function readHosts(authority: string, given: Parameters): PostgresHost[] {
  const pairs = authority.split(",").map((text) => {
    const [, bracketed, plain = "", port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text) ?? fail(wrongHost);
    return { host: readPart(bracketed ?? plain), port };
  });
  const hosts = given.host?.split(",") ?? pairs.map(({ host }) => host);
  const ports = given.port?.split(",") ?? pairs.map(({ port }) => port || "5432");
  const isForAll = new Set(ports).size === 1;
  if (!isForAll && ports.length !== hosts.length) fail("needs one port, or as many as there are hosts");
  return hosts.map((host = "localhost", index) => {
    const port = Number((isForAll ? ports[0] : ports[index]) || "5432");
    if (!Number.isInteger(port) || port < 1 || port > 65_535) fail("has a port that is not a number from 1 to 65535");
    if (host === "" || host.includes("@")) fail(wrongHost);
    return { host, port };
  });
}

const wrongHost = "has a host that cannot be read: in a password, write %40 for @, %3A for : and %2F for /";

function readTarget(hosts: readonly PostgresHost[], attributes: string | undefined): PostgresUrl["wanted"] {
  if (attributes === undefined) return hosts.length > 1 ? "primary" : "any";
  return targets[attributes] ?? fail(`needs a target_session_attrs of ${Object.keys(targets).join(", ")}`);
}

const isSocket = ({ host }: PostgresHost) => host.startsWith("/");
const isHere = (one: PostgresHost) => isSocket(one) || isLoopbackHost(one.host) || one.host === "::1";

function findTls(hosts: readonly PostgresHost[], given: Parameters): (() => ConnectionOptions) | undefined {
  const { sslmode, sslrootcert, sslcert, sslkey, sslpassword } = given;
  const away = hosts.find((one) => !isHere(one));
  const advice = "verify-full with sslrootcert, or disable in a network where nobody can listen";
  if (sslmode === undefined && away) fail(`needs an sslmode, because ${away.host} is not this machine: ${advice}`);
  if (sslmode === "allow" || sslmode === "prefer") fail(`has sslmode=${sslmode}, which may not encrypt: use ${advice}`);
  if (sslmode !== undefined && ![...tlsModes, "disable"].includes(sslmode)) {
    fail(`needs an sslmode of disable, ${tlsModes.join(", ")}`);
  }
  if (sslmode === undefined || sslmode === "disable") {
    const useless = Object.keys(given).find((name) => name.startsWith("ssl") && name !== "sslmode");
    return useless === undefined ? undefined : fail(`has ${useless}, but no sslmode that encrypts`);
  }
  const isVerified = sslmode !== "require" || sslrootcert !== undefined;
  if (isVerified && sslrootcert === undefined) fail(`needs sslrootcert with sslmode=${sslmode}: a file, or system`);
  if (sslrootcert === "system" && sslmode !== "verify-full") fail("needs sslmode=verify-full with sslrootcert=system");
  if ((sslcert === undefined) !== (sslkey === undefined)) fail("needs sslcert and sslkey together");
  const isSystem = sslrootcert === "system";
  const readTls = () => ({
    rejectUnauthorized: isVerified,
    ...(sslrootcert && { ca: isSystem ? tls.getCACertificates("system") : readFile("sslrootcert", sslrootcert) }),
    ...(sslcert && { cert: readFile("sslcert", sslcert) }),
    ...(sslkey && { key: readKey(sslkey) }),
    ...(sslpassword && { passphrase: sslpassword }),
    // With `require` and a root certificate libpq verifies as with `verify-ca`: who signed, not whose name it is.
    ...(sslmode !== "verify-full" && { checkServerIdentity: () => undefined }),
  });
  try {
    if (sslrootcert && !isSystem) new X509Certificate(readFile("sslrootcert", sslrootcert));
    tls.createSecureContext(readTls());
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    fail("has certificates or a key that TLS cannot use: sslrootcert, sslcert and sslkey are PEM files");
  }
  return hosts.every(isSocket) ? undefined : readTls;
}

/** One of the files of TLS cannot be read. */
class UnreadableFile extends Error {}

/** As libpq does, refuses a key that others can read; root's may be readable by a group. */
function readKey(path: string): Buffer {
  const key = readFile("sslkey", path);
  const { uid, mode } = statSync(path);
  if ((mode & (uid === 0 ? 0o037 : 0o077)) !== 0) {
    throw new UnreadableFile(
      `names ${path} as sslkey, which others can read: its mode must be 0600, or 0640 if it belongs to root`,
    );
  }
  return key;
}

function readFile(parameter: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const problem = describeFileProblem(cause) ?? "it cannot be read";
    throw new UnreadableFile(`names ${path} as ${parameter}: ${problem}`, { cause });
  }
}

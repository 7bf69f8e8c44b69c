/**
 * One JSON line per event; pretty on a terminal. The types keep secrets out of it: every field is listed
 * here and none is a plain `string`, so logging a header, a body or a secret does not compile. There is no
 * filter that could be forgotten.
 */
import { writeSync } from "node:fs";
import pretty from "pino-pretty";

/** A text of a known kind, checked where it was read or made. A plain `string` is not one. */
export type Checked<Kind extends string> = string & { readonly checked: Kind };

/** What is logged of an error: never its message, unless we wrote it. */
export interface ErrorFacts {
  readonly class: Checked<"error fact">;
  readonly code?: Checked<"error fact">;
  readonly constraint?: Checked<"error fact">;
  readonly message?: Checked<"error fact">;
  readonly at?: readonly Checked<"error fact">[];
  readonly cause?: ErrorFacts;
}

/** Everything that a line may hold beside `time`, `level` and `msg`. */
interface LogFields {
  readonly requestId?: Checked<"request id">;
  /** The trace that a request came with, or that a sync began. */
  readonly traceId?: Checked<"trace id"> | undefined;
  /** A method of HTTP, or `other`. */
  readonly method?: Uppercase<string> | "other";
  /** The pattern, never the path. */
  readonly route?: Checked<"route pattern">;
  readonly status?: number;
  readonly ms?: number;
  /** An address that could be parsed; its text is printed. */
  readonly clientIp?: { readonly value: bigint; readonly text: string } | undefined;
  /** A key that exists; its key id is printed. */
  readonly keyId?: { readonly id: number; readonly keyId: string } | undefined;
  /** A signed-in person; the e-mail address is printed. */
  readonly admin?: { readonly id: number; readonly email: string } | undefined;
  /** Whether somebody signed in or out, or why not. */
  readonly signIn?: Lowercase<string> | undefined;
  /** The person whose password was asked for; the e-mail address is printed. */
  readonly account?: { readonly id: number; readonly email: string } | undefined;
  /** Whose personal data a person was shown. */
  readonly viewed?: Checked<"viewed"> | undefined;
  /** Why a call was refused. Lower case marks words of our own. */
  readonly reason?: Lowercase<string> | undefined;
  /** Represents something that is never logged. */
  readonly fingerprint?: Checked<"fingerprint"> | undefined;
  /** The limit that a call exceeded. */
  readonly limit?: Lowercase<string> | undefined;
  readonly error?: ErrorFacts;
  /** The public URL, and where the process listens. */
  readonly url?: URL;
  readonly listensOn?: URL;
  /** What cannot be stored, and why; what is wrong with the replica. */
  readonly what?: Lowercase<string>;
  readonly problem?: Lowercase<string> | undefined;
  /** How many API keys are concerned. */
  readonly keys?: number;
  /** A variable that was set, and the one that was probably meant. */
  readonly variable?: Checked<"variable name">;
  readonly meant?: Checked<"variable name">;
  /** How many applications were rendered so far. */
  readonly rendered?: number;
  /** Seconds by which this machine's clock is ahead of PostgreSQL's. */
  readonly clockSeconds?: number;
  /** How many processes share the port. */
  readonly workers?: number;
  /** A worker that exited, and the pause before its replacement. */
  readonly worker?: {
    readonly pid: number;
    readonly exitCode: number | null;
    readonly signal: NodeJS.Signals | number | null;
    readonly pauseMs: number;
  };
  /** An alert about a key that expires. */
  readonly alert?: {
    readonly id: number;
    readonly apiKeyId: number;
    readonly milestone: Lowercase<string>;
    readonly recipient: Lowercase<string>;
    readonly attempt: number;
  };
  /** Applications of a program that were kept for long enough. */
  readonly erasure?: { readonly program: Checked<"slug">; readonly count: number };
  /** A sync of a program's applications, and its result. */
  readonly sync?: {
    readonly program: Checked<"configured slug">;
    readonly isFull?: boolean;
    readonly read?: number;
    readonly inserted?: number;
    readonly updated?: number;
    readonly unchanged?: number;
    readonly rejected?: number;
    readonly erased?: number;
  };
}

/** The message of a line: known sentences only, so nothing from outside can get in. */
type LogMessage =
  | "a key could not change its salt"
  | "a page was not answered in time"
  | "a stored subnet cannot be parsed and admits nobody"
  | "a worker exited and is replaced"
  | "alert sent"
  | "alerts are not sent"
  | "all workers have stopped"
  | "all workers listen"
  | "an alert could not be sent"
  | "applications are not rendered yet"
  | "applications erased, kept for long enough"
  | "applications are not synced"
  | "applications could not be synced"
  | "applications synced"
  | "rendering applications in the configured time zone"
  | "rendered applications in the configured time zone"
  | "could not be stored; kept, and tried again"
  | "failed"
  | "is stored again"
  | "API keys are refused because their salt is not configured: see `keys list --under-old-salt`"
  | "a variable of the environment may be misspelled"
  | "BASE_URL is https, so a proxy is in front, but CLIENT_IP_TYPE is DIRECT: all calls seem to come from the proxy"
  | "docs could not be made"
  | "docs could not be prepared"
  | "listening"
  | "request"
  | "sign-on failed"
  | "old rows could not be deleted"
  | "stopped"
  | "the replica answers"
  | 'the server\'s role owns its tables, and could change the audit log: docs/operations.md, "Rights"'
  | "the replica is not used"
  | "this clock agrees with the database's again"
  | "this clock is wrong; nothing old is deleted, and no alert is sent"
  | `Copying the PostgreSQL programs to ${string}`
  | `Creating a PostgreSQL ${string} database in ${string}`
  | `The embedded PostgreSQL ${string}`;

/** Where whole lines go. */
export interface LogDestination {
  write(line: string): void;
}

/** Where log lines come from. */
export interface Log {
  info(fields: LogFields, message: LogMessage): void;
  warn(fields: LogFields, message: LogMessage): void;
  error(fields: LogFields, message: LogMessage): void;
}

/** Makes the log. Lines have `time`, `level`, `msg` and the fields; nothing is added by default. */
export function createLog(options: {
  level: (typeof levels)[number];
  format: "auto" | "json" | "pretty";
  destination?: LogDestination;
  /** Other processes write to the same output. */
  isShared?: boolean;
}): Log {
  const isPretty = writesPretty(options.format);
  const destination =
    options.destination ??
    (isPretty ? pretty({ sync: true }) : writeTogether(options.isShared ? sharedLengthMax : gatheredLengthMax));
  const writeAt = (level: (typeof levels)[number]) => {
    if (levels.indexOf(level) < levels.indexOf(options.level)) return () => {};
    return (fields: LogFields, message: LogMessage) => {
      destination.write(`${JSON.stringify(printed(level, fields, message))}\n`);
    };
  };
  return { info: writeAt("info"), warn: writeAt("warn"), error: writeAt("error") };
}

/** Whether lines in this format are for people, not JSON. */
export function writesPretty(format: "auto" | "json" | "pretty"): boolean {
  return format === "pretty" || (format === "auto" && process.stdout.isTTY === true);
}

/** Each level includes those after it. */
const levels = ["debug", "info", "warn", "error", "silent"] as const;

const gatheredMsMax = 20;
const gatheredLengthMax = 64 * 1024;
/** Writes to a pipe are atomic up to this length (POSIX, PIPE_BUF). */
const sharedLengthMax = 4_096;

/**
 * Writes lines to standard output in groups, because under load a system call per line is most of its cost.
 * A process that exits writes the rest; one that is killed loses the lines of its last 20 ms.
 */
function writeTogether(lengthMax: number): LogDestination {
  let lines = "";
  let timer: Timer | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const gathered = lines;
    lines = "";
    writeWhole(process.stdout.fd, Buffer.from(gathered));
  };
  process.on("exit", flush);
  return {
    write(line) {
      if (lines.length + line.length > lengthMax) flush();
      lines += line;
      timer ??= setTimeout(flush, gatheredMsMax).unref();
    },
  };
}

/** Waits while a pipe is full, so that no line is lost or split. */
function writeWhole(fd: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!isFull) throw error;
      Bun.sleepSync(1);
    }
  }
}

/** A line as it is printed, with the fields in the caller's order. */
function printed(level: string, fields: LogFields, msg: LogMessage) {
  const { clientIp, keyId, admin, account } = fields;
  return {
    time: new Date().toISOString(),
    level,
    msg,
    ...fields,
    clientIp: clientIp?.text,
    keyId: keyId?.keyId,
    admin: admin?.email,
    account: account?.email,
  };
}

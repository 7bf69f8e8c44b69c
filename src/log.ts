/**
 * One JSON line for each thing worth knowing; pretty on a terminal. Lines are free of secrets
 * by their type: what may be in one is listed here, and no value of a line is a mere `string`, so that
 * logging a header, a body or a secret does not compile. There is no filter that could be forgotten.
 */
import { writeSync } from "node:fs";
import pretty from "pino-pretty";

/** A text that was checked or made to be of one kind, where it was read. A `string` is none. */
export type Checked<Kind extends string> = string & { readonly checked: Kind };

/** What is told of an error: never its message, unless that is a text of our own. */
export interface ErrorFacts {
  readonly class: Checked<"error fact">;
  readonly code?: Checked<"error fact">;
  readonly constraint?: Checked<"error fact">;
  readonly message?: Checked<"error fact">;
  readonly at?: readonly Checked<"error fact">[];
  readonly cause?: ErrorFacts;
}

/** Everything that a line may hold beside `time`, `level` and `msg`. */
export interface LogFields {
  readonly requestId?: Checked<"request id">;
  /** A method of HTTP, `other` for what is none. */
  readonly method?: Uppercase<string> | "other";
  /** The pattern, never the path. */
  readonly route?: Checked<"route pattern">;
  readonly status?: number;
  readonly ms?: number;
  /** An address that could be parsed; its text is printed. */
  readonly clientIp?: { readonly value: bigint; readonly text: string } | undefined;
  /** A key that exists; its key id is printed. */
  readonly keyId?: { readonly id: number; readonly keyId: string } | undefined;
  /** Somebody who signed in; the e-mail address is printed. */
  readonly admin?: { readonly id: number; readonly email: string } | undefined;
  /** Whose personal data an admin was shown. */
  readonly viewed?: Checked<"viewed"> | undefined;
  /** Why a call was refused: one of our words, as is everything in lower case. */
  readonly reason?: Lowercase<string> | undefined;
  /** Stands for what is never logged. */
  readonly fingerprint?: Checked<"fingerprint"> | undefined;
  /** The limit that a call ran into. */
  readonly limit?: Lowercase<string> | undefined;
  readonly error?: ErrorFacts;
  /** The public URL, and where the process listens. */
  readonly url?: URL;
  readonly listensOn?: URL;
  /** What cannot be stored, and why; what is wrong with the replica. */
  readonly what?: Lowercase<string>;
  readonly problem?: Lowercase<string> | undefined;
  /** How many processes share the port. */
  readonly workers?: number;
  /** One of them that has ended, and when another one follows. */
  readonly worker?: {
    readonly pid: number;
    readonly exitCode: number | null;
    readonly signal: NodeJS.Signals | number | null;
    readonly pauseMs: number;
  };
  /** An alert about a key that runs out, by its numbers. */
  readonly alert?: {
    readonly id: number;
    readonly apiKeyId: number;
    readonly milestone: Lowercase<string>;
    readonly recipient: Lowercase<string>;
    readonly attempt: number;
  };
  /** A run that pulled a program's applications, and what it came to. */
  readonly sync?: {
    readonly program: Checked<"configured slug">;
    readonly isFull?: boolean;
    readonly read?: number;
    readonly inserted?: number;
    readonly updated?: number;
    readonly unchanged?: number;
    readonly rejected?: number;
  };
}

/** What a line says: known sentences, so that nothing from outside can be one. */
export type LogMessage =
  | "a key could not change its salt"
  | "a page was not answered in time"
  | "a stored subnet cannot be parsed and admits nobody"
  | "a worker ended; another takes its place"
  | "alert sent"
  | "alerts are not sent"
  | "all workers have stopped"
  | "all workers listen"
  | "an alert could not be sent"
  | "applications are not synced"
  | "applications could not be synced"
  | "applications synced"
  | "could not be stored; kept, and tried again"
  | "failed"
  | "is stored again"
  | "listening"
  | "request"
  | "stopped"
  | "the replica answers"
  | "the replica is not used"
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
  const isPretty =
    options.format === "pretty" || (options.format === "auto" && process.stdout.isTTY === true);
  const destination =
    options.destination ??
    (isPretty
      ? pretty({ sync: true })
      : writeTogether(options.isShared ? sharedLengthMax : gatheredLengthMax));
  const writeAt = (level: (typeof levels)[number]) => {
    if (levels.indexOf(level) < levels.indexOf(options.level)) return () => {};
    return (fields: LogFields, message: LogMessage) => {
      destination.write(`${JSON.stringify(printed(level, fields, message))}\n`);
    };
  };
  return { info: writeAt("info"), error: writeAt("error") };
}

/** Each says what those after it say, too. */
const levels = ["debug", "info", "warn", "error", "silent"] as const;

const gatheredMsMax = 20;
const gatheredLengthMax = 64 * 1024;
/** What is written to a pipe comes whole when it is no longer than this, whoever else writes (POSIX, PIPE_BUF). */
const sharedLengthMax = 4_096;

/**
 * Writes lines to standard output, several together: under load most of a line's cost is to hand it
 * to the system by itself. A process that ends writes the rest; one that is killed loses the lines of
 * its last 20 ms.
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

/** Waits where a pipe is full: no line is lost, and none is written in two places. */
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

/** A line as it is printed, the fields in the order that the caller has them in. */
function printed(level: string, fields: LogFields, msg: LogMessage) {
  const { clientIp, keyId, admin } = fields;
  return {
    time: new Date().toISOString(),
    level,
    msg,
    ...fields,
    clientIp: clientIp?.text,
    keyId: keyId?.keyId,
    admin: admin?.email,
  };
}

/** One JSON line for each thing worth knowing, with pino; pretty on a terminal. */
import pino, { type DestinationStream, type Logger } from "pino";
import pretty from "pino-pretty";

/** Where log lines go. */
export type Log = Logger;

/**
 * Makes the log. Lines have `time`, `level`, `msg` and what the caller adds; nothing is added by
 * default, so a header, a body or a secret is in a line only if somebody wrote code for it.
 */
export function createLog(options: {
  level: string;
  format: "auto" | "json" | "pretty";
  destination?: DestinationStream;
}): Log {
  const isPretty =
    options.format === "pretty" || (options.format === "auto" && process.stdout.isTTY === true);
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? (isPretty ? pretty({ sync: true }) : pino.destination({ sync: true })),
  );
}

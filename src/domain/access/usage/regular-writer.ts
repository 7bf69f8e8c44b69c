/** What both recorders are made of: they write what was counted within a second, one write at a time, and at the end. */
import type { Sql } from "postgres";
import { waitAtMostMs } from "../../../lib/limits/deadline.ts";
import type { Gathering } from "./gathering.ts";

/** A writer that runs by itself. */
export interface RegularWriter {
  /** Writes everything counted so far, even if a write is already running. */
  flush(): Promise<void>;
  /** Milliseconds since everything was written: what a crash now would lose. */
  lagMs(): number;
  /** Writes the rest and stops. Gives up after five seconds. */
  close(): Promise<void>;
}

/** Where a recorder writes, and who is told how that goes. */
export interface RecorderOptions {
  readonly client: Sql;
  /** Decides which day a call belongs to. */
  readonly zone: string;
  /** Is told of every failed write. */
  readonly report: (error: unknown) => void;
  /** Is called after every successful write. */
  readonly written?: () => void;
}

const intervalMs = 900;
const closeWithinMs = 5_000;

/** What is counted in memory, and how it is written. */
interface Counted<Tally>
  extends Pick<Gathering<Tally>, "takeAll" | "putBack">,
    Pick<RecorderOptions, "report" | "written"> {
  write(tallies: readonly Tally[]): Promise<void>;
}

/** Starts a writer. What could not be written is reported, and put back for the next write. */
export function writeRegularly<Tally>(counted: Counted<Tally>): RegularWriter {
  let writtenAtMs = performance.now();
  let writing: Promise<void> | undefined;
  const timer = setInterval(() => void beginOrJoin(), intervalMs);
  timer.unref();

  function beginOrJoin(): Promise<void> {
    writing ??= writeNow().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  async function writeNow(): Promise<void> {
    const beganMs = performance.now();
    const tallies = counted.takeAll();
    try {
      if (tallies.length > 0) {
        await counted.write(tallies);
        counted.written?.();
      }
      writtenAtMs = beganMs;
    } catch (error) {
      counted.putBack(tallies);
      counted.report(error);
    }
  }

  async function writeRest(): Promise<void> {
    // A running write does not include what came after it began.
    await writing;
    await beginOrJoin();
  }

  return {
    flush: writeRest,
    lagMs: () => performance.now() - writtenAtMs,
    async close() {
      clearInterval(timer);
      await waitAtMostMs(writeRest(), closeWithinMs);
    },
  };
}

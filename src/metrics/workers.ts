/**
 * The metrics of workers as one: whichever of them is read, the answer has what all have counted, those that
 * have died included. A counter that fell would look to Prometheus like a start from zero.
 */
import { waitAtMostMs } from "../lib/limits/deadline.ts";
import { type MetricsSnapshot, mergeSnapshots, printMerged } from "./registry.ts";

/** What workers and their supervisor say to each other about it. */
export type MetricsMessage =
  /** A worker is read, and wants the text. */
  | { readonly kind: "text-wanted"; readonly id: number }
  | { readonly kind: "text"; readonly id: number; readonly text: string }
  /** The supervisor wants what a worker has counted. */
  | { readonly kind: "snapshot-wanted"; readonly id: number }
  | { readonly kind: "snapshot"; readonly id: number; readonly snapshot: MetricsSnapshot };

/** The other end of a line to a worker. */
export interface WorkerLine {
  /** Throws when the worker is gone. */
  send(message: MetricsMessage): void;
}

/** A worker takes a second at most to ask the database; after this, what it said last counts. */
const patienceMs = 2_500;

interface Reading {
  readonly missing: Set<WorkerLine>;
  readonly isComplete: () => void;
}

/** Gathers, in the supervisor, what its workers have counted. */
export function createMetricsHub() {
  const latest = new Map<WorkerLine, MetricsSnapshot>();
  const readings = new Map<number, Reading>();
  let ended: Promise<readonly MetricsSnapshot[]> = Promise.resolve([]);
  let lastId = 0;

  function stopWaiting(reading: Reading, worker: WorkerLine): void {
    reading.missing.delete(worker);
    if (reading.missing.size === 0) reading.isComplete();
  }

  return {
    /** Takes what a worker has counted. */
    receive(worker: WorkerLine, id: number, snapshot: MetricsSnapshot): void {
      latest.set(worker, snapshot);
      const reading = readings.get(id);
      if (reading) stopWaiting(reading, worker);
    },

    /** Keeps what a worker had counted when it was last asked; how it was then is of no interest any more. */
    leave(worker: WorkerLine): void {
      for (const reading of readings.values()) stopWaiting(reading, worker);
      const counted = latest.get(worker)?.filter(({ type }) => String(type) !== "gauge");
      latest.delete(worker);
      if (counted) ended = ended.then(async (all) => [await mergeSnapshots([...all, counted])]);
    },

    /** All that was counted, in Prometheus' text format. */
    async print(workers: Iterable<WorkerLine>): Promise<string> {
      const { promise, resolve } = Promise.withResolvers<void>();
      lastId += 1;
      const reading: Reading = { missing: new Set(workers), isComplete: resolve };
      readings.set(lastId, reading);
      for (const worker of [...reading.missing]) {
        try {
          worker.send({ kind: "snapshot-wanted", id: lastId });
        } catch {
          // It has just ended: `leave` follows.
          stopWaiting(reading, worker);
        }
      }
      const id = lastId;
      await waitAtMostMs(promise, patienceMs);
      readings.delete(id);
      return printMerged([...(await ended), ...latest.values()]);
    },
  };
}

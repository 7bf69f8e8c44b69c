/**
 * The metrics of all workers as one. Whichever worker is asked, the answer has what all have counted, including
 * those that have exited: Prometheus takes a falling counter for a restart from zero.
 */
import { waitAtMostMs } from "../lib/limits/deadline.ts";
import { type MetricsSnapshot, mergeSnapshots, printMerged } from "./registry.ts";

/** The messages between workers and their supervisor. */
export type MetricsMessage =
  /** A worker was asked for the metrics, and needs the text. */
  | { readonly kind: "text-wanted"; readonly id: number }
  | { readonly kind: "text"; readonly id: number; readonly text: string }
  /** The supervisor needs what a worker has counted. */
  | { readonly kind: "snapshot-wanted"; readonly id: number }
  | { readonly kind: "snapshot"; readonly id: number; readonly snapshot: MetricsSnapshot };

/** The connection to a worker. */
interface WorkerLine {
  /** Throws when the worker has exited. */
  send(message: MetricsMessage): void;
}

/** A worker needs at most a second to ask the database. After this, its previous snapshot is used. */
const patienceMs = 2_500;

interface Reading {
  readonly missing: Set<WorkerLine>;
  readonly isComplete: () => void;
}

/** Gathers in the supervisor what its workers have counted. */
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
    /** Receives what a worker has counted. */
    receive(worker: WorkerLine, id: number, snapshot: MetricsSnapshot): void {
      latest.set(worker, snapshot);
      const reading = readings.get(id);
      if (reading) stopWaiting(reading, worker);
    },

    /** Keeps the last counts of a worker that exited; its gauges are dropped. */
    leave(worker: WorkerLine): void {
      for (const reading of readings.values()) stopWaiting(reading, worker);
      const counted = latest.get(worker)?.filter(({ type }) => String(type) !== "gauge");
      latest.delete(worker);
      if (counted) ended = ended.then(async (all) => [await mergeSnapshots([...all, counted])]);
    },

    /** All counts, in Prometheus' text format. */
    async print(workers: Iterable<WorkerLine>): Promise<string> {
      const { promise, resolve } = Promise.withResolvers<void>();
      lastId += 1;
      const reading: Reading = { missing: new Set(workers), isComplete: resolve };
      readings.set(lastId, reading);
      for (const worker of [...reading.missing]) {
        try {
          worker.send({ kind: "snapshot-wanted", id: lastId });
        } catch {
          // It has just exited; `leave` follows.
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

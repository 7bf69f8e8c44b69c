/** Knows whether the database takes what the server wants to store, and tells of it when that changes. */
import type { WriteProblem } from "./problems.ts";

/** What is known of storing. */
export interface WriteHealth {
  /** Notes that something cannot be stored. It is tried again and again, so it is told once a minute at most. */
  failed(what: Lowercase<string>, failure: WriteFailure): void;
  /** Notes that something was stored. */
  succeeded(what: Lowercase<string>): void;
  /** Why nothing can be stored; undefined while it can, as far as is known. */
  findProblem(): WriteProblem | undefined;
}

/** Why something cannot be stored, as far as is known. */
export interface WriteFailure {
  readonly problem: WriteProblem | undefined;
  readonly error?: unknown;
}

const reportEveryMs = 60_000;

/** Makes one. `report` hears what fails and why, and, without a failure, what works again. */
export function createWriteHealth(
  report: (what: Lowercase<string>, failure: WriteFailure | undefined) => void,
): WriteHealth {
  const failures = new Map<string, { problem: WriteProblem | undefined; reportedMs: number }>();
  return {
    failed(what, failure) {
      const { problem } = failure;
      const known = failures.get(what);
      const nowMs = performance.now();
      const isNews = known === undefined || known.problem !== problem;
      if (!isNews && nowMs - known.reportedMs < reportEveryMs) return;
      failures.set(what, { problem, reportedMs: nowMs });
      report(what, failure);
    },
    succeeded(what) {
      if (failures.delete(what)) report(what, undefined);
    },
    findProblem: () => failures.values().find(({ problem }) => problem !== undefined)?.problem,
  };
}

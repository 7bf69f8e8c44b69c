/** Tracks whether the database can store what the server writes, and reports changes. */
import type { WriteProblem } from "./problems.ts";

/** Why something could not be stored. */
interface WriteFailure {
  readonly problem: WriteProblem | undefined;
  readonly error?: unknown;
}

const reportEveryMs = 60_000;

/** Makes one. `report` is called with what fails and why, and without a failure when it works again. */
export function createWriteHealth(report: (what: Lowercase<string>, failure: WriteFailure | undefined) => void) {
  const failures = new Map<string, { problem: WriteProblem | undefined; reportedMs: number }>();
  return {
    /** Records a failed write. Writes are retried, so it is reported once a minute at most. */
    failed(what: Lowercase<string>, failure: WriteFailure): void {
      const { problem } = failure;
      const known = failures.get(what);
      const nowMs = performance.now();
      const isNews = known === undefined || known.problem !== problem;
      if (!isNews && nowMs - known.reportedMs < reportEveryMs) return;
      failures.set(what, { problem, reportedMs: nowMs });
      report(what, failure);
    },
    /** Records a successful write. */
    succeeded(what: Lowercase<string>): void {
      if (failures.delete(what)) report(what, undefined);
    },
    /** Why nothing can be stored; undefined if nothing is known to be wrong. */
    findProblem: () => failures.values().find(({ problem }) => problem !== undefined)?.problem,
  };
}

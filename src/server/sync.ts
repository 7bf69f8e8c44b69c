/** How a server pulls applications from their source, again and again. */
import type { Database } from "../db/client.ts";
import { type SyncOutcome, syncApplications } from "../domain/civiform/sync/run.ts";
import type { ConfiguredSlug, SyncPlan } from "../instance/sync-plan.ts";
import { beginTrace, type Trace } from "../lib/net/trace-context.ts";
import type { Log } from "../log.ts";
import { type Schedule, scheduleRuns } from "./schedule.ts";

const everyMs = 20_000;
const minuteMs = 60_000;
const actor = { name: "sync", address: null };

/** Logs the result of a sync, without anything that the source said. */
export function logSync(log: Log, slug: ConfiguredSlug, outcome: SyncOutcome, trace: Trace): void {
  const traceId = trace.id;
  if (outcome.kind === "done") {
    const { counts, isFull } = outcome.walk;
    log.info({ traceId, sync: { program: slug, isFull, ...counts } }, "applications synced");
  } else if (outcome.kind === "failed") {
    const { code } = outcome.failure;
    log.error({ traceId, sync: { program: slug }, reason: code }, "applications could not be synced");
  }
}

/**
 * Runs the syncs that are due, one program after another, now and every 20 seconds. Without a plan it does
 * nothing. Closing it lets the page that is being written finish.
 */
export function scheduleSyncs(options: {
  db: Database;
  plan: SyncPlan | undefined;
  now: () => Date;
  /** Called with the outcome for each program, and the trace that the calls to the source were in. */
  report: (slug: ConfiguredSlug, outcome: SyncOutcome, trace: Trace) => void;
  /** Called when a sync could not be started, once until the reason changes. */
  reportFailure: (slug: ConfiguredSlug, error: unknown) => void;
}): Schedule {
  const { db, plan, now, report, reportFailure } = options;
  const lastProblems = new Map<string, string>();

  async function look(slug: ConfiguredSlug, stopping: AbortSignal, plan: SyncPlan): Promise<void> {
    const { source, everyMinutes, fullEveryHours } = plan;
    const before = (minutes: number) => new Date(now().getTime() - minutes * minuteMs);
    const trace = beginTrace();
    try {
      const outcome = await syncApplications(db, {
        ...{ source, slug, actor, trace, now, full: false, signal: stopping },
        due: { startedBefore: before(everyMinutes), now: now() },
        fullBefore: fullEveryHours === 0 ? null : before(fullEveryHours * 60),
      });
      lastProblems.delete(slug);
      report(slug, outcome, trace);
    } catch (error) {
      const problem = String(error);
      if (lastProblems.get(slug) !== problem) reportFailure(slug, error);
      lastProblems.set(slug, problem);
    }
  }

  return scheduleRuns(everyMs, async (stopping) => {
    if (plan === undefined) return;
    for (const slug of plan.programs) {
      if (stopping.aborted) return;
      await look(slug, stopping, plan);
    }
  });
}

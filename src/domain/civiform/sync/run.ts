/**
 * Pulls a program's applications from a running CiviForm, or from another CiviKey, page by page. A run
 * that is killed is continued by the next one. Nothing is ever deleted, and only one run pulls at a time.
 */
import type { Database } from "../../../db/client.ts";
import { isDatabaseUnavailable } from "../../../lib/errors.ts";
import { pauseMs } from "../../../lib/limits/deadline.ts";
import type { Trace } from "../../../lib/net/trace-context.ts";
import type { Actor } from "../../access/audit/record.ts";
import { getImportingProgram } from "../../applications/imports/import.ts";
import { defaultPageLimits, fetchPage, type PageLimits, type SyncSource } from "./client.ts";
import { SyncFailure } from "./failure.ts";
import {
  abandonSyncLease,
  findLeaseEnd,
  keepSyncLease,
  leaseLost,
  type SyncDue,
  type SyncLease,
  takeSyncLease,
} from "./lease.ts";
import { readSourcePage } from "./page.ts";
import { retrySource } from "./retry.ts";
import { endRunWithFailure, savePage } from "./saving.ts";
import { openWalk, restartWalk, type SyncWalk } from "./walk.ts";

/** What to pull, and for whom. */
export interface SyncInput {
  readonly source: SyncSource;
  readonly slug: string;
  /** Read every application again, to find changes to old ones. */
  readonly full: boolean;
  /** Only when it is due; null for a run that somebody asked for. */
  readonly due: SyncDue | null;
  /** The last full walk before it is too long ago; null when that does not matter. */
  readonly fullBefore: Date | null;
  readonly actor: Actor;
  /** What the source logs its calls under. */
  readonly trace?: Trace;
  readonly now: () => Date;
  /** Ends the run; the walk stays for the next one. */
  readonly signal: AbortSignal;
  readonly onProgress?: (read: number) => void;
  /** Hears which application was left out, and why. */
  readonly onReject?: (message: string) => void;
  readonly pause?: typeof pauseMs;
  readonly limits?: PageLimits;
}

/**
 * The result of a run. `idle`: nothing is due, or another run holds the lease until `leaseUntil`, or longer
 * when it renews it.
 */
export type SyncOutcome =
  | { readonly kind: "done"; readonly walk: SyncWalk }
  | { readonly kind: "failed"; readonly failure: SyncFailure }
  | { readonly kind: "idle"; readonly leaseUntil: Date | null }
  | { readonly kind: "stopped" };

/**
 * Runs one sync. Throws `not_found` for an unknown program, `invalid` for an external one, and database
 * errors. A failure of the source is an outcome, which is also stored for admins to see.
 */
export async function syncApplications(db: Database, input: SyncInput): Promise<SyncOutcome> {
  const { slug, source, due } = input;
  const program = await getImportingProgram(db, slug);
  const { origin } = source;
  const lease = await takeSyncLease(db, { programId: program.id, origin, now: input.now(), due });
  if (lease === undefined) {
    return { kind: "idle", leaseUntil: await findLeaseEnd(db, program.id) };
  }
  const lost = new AbortController();
  const keeper = keepSyncLease(db, lease, () => lost.abort(leaseLost()));
  try {
    const signal = AbortSignal.any([input.signal, lost.signal]);
    return { kind: "done", walk: await walkPages(db, { ...input, signal }, lease) };
  } catch (error) {
    return await endTroubledRun(db, { ...input, lease, error });
  } finally {
    await keeper.close();
  }
}

async function walkPages(db: Database, input: SyncInput, lease: SyncLease): Promise<SyncWalk> {
  const { source, signal } = input;
  const { origin } = source;
  const runner = () => ({ lease, actor: input.actor, now: input.now() });
  let hasRestarted = false;
  let walk = await openWalk(db, { ...runner(), origin, wantsFull: input.full, fullBefore: input.fullBefore });
  for (;;) {
    try {
      const page = await pullPage(input, walk);
      signal.throwIfAborted();
      walk = await savePage(db, { ...runner(), page, walk, onReject: input.onReject });
      input.onProgress?.(walk.counts.read);
      if (page.nextPageToken === null) return walk;
    } catch (error) {
      const isRefusedToken = error instanceof SyncFailure && error.code === "token_refused";
      if (!isRefusedToken || hasRestarted) throw error;
      // Page tokens end with the key or the secret that made them.
      hasRestarted = true;
      walk = await restartWalk(db, { ...runner(), origin, isFull: walk.isFull });
    }
  }
}

function pullPage(input: SyncInput, walk: SyncWalk) {
  const { source, slug, trace, signal, now, limits = defaultPageLimits } = input;
  const { fromDate, pageToken } = walk;
  const request = { slug, fromDate, pageToken, trace, limits, signal, now };
  return retrySource(async () => readSourcePage(await fetchPage(source, request)), {
    pause: input.pause ?? pauseMs,
    signal,
  });
}

/** Stores why a run stopped, for the next one and for admins. Rethrows errors that do not come from the source. */
async function endTroubledRun(
  db: Database,
  input: SyncInput & { lease: SyncLease; error: unknown },
): Promise<SyncOutcome> {
  const { lease, error, actor } = input;
  if (input.signal.aborted) {
    await abandonSyncLease(db, lease);
    return { kind: "stopped" };
  }
  const end = (failure: SyncFailure) => endRunWithFailure(db, { lease, actor, now: input.now(), failure });
  if (error instanceof SyncFailure) {
    if (error.code !== "lease_lost") await end(error);
    return { kind: "failed", failure: error };
  }
  // An unavailable database cannot store it. After any other error, the next scheduled run tries again.
  if (!isDatabaseUnavailable(error)) {
    await end(new SyncFailure("unexpected", "An unexpected error stopped the run: the log has it."));
  }
  throw error;
}

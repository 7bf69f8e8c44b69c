/**
 * Saves a walk page by page: a page's applications and the position of the next page are written together or
 * not at all, so that a crash loses nothing and repeats nothing.
 */
import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { applicationSyncs } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import { writeStoredTime } from "../../../lib/time/stored.ts";
import { mergeApplications } from "../../applications/imports/import.ts";
import { SyncFailure, type SyncFailureCode } from "./failure.ts";
import { isHeldBy, leaseEnd, requireSyncLease, type SyncLease } from "./lease.ts";
import type { SourcePage } from "./page.ts";
import { createPageOrder } from "./page-order.ts";
import { describeRejection, readApplicationId } from "./rejection.ts";
import { readRow, type SyncRunner, type SyncWalk, tellChanges, walkOf } from "./walk.ts";

/**
 * Saves a page's applications and the position of the next page, or with the last page the end of the walk.
 * Throws a `SyncFailure` when the page is out of order or the lease is lost; nothing is written then.
 */
export async function savePage(
  db: Database,
  input: SyncRunner & { page: SourcePage; walk: SyncWalk; onReject: ((message: string) => void) | undefined },
): Promise<SyncWalk> {
  const { lease, page, walk, now } = input;
  const order = createPageOrder(walk);
  const rejections: string[] = [];
  const saved = await db.transaction(async (tx) => {
    await requireSyncLease(tx, lease);
    const merged = await mergeApplications(tx, {
      programId: lease.programId,
      source: inPieces(page.payload),
      skipInvalid: true,
      onRecord: ({ facts: { application_id, submit_time } }) =>
        order.add(application_id, writeStoredTime(BigInt(submit_time))),
      onReject: (record) => {
        order.pass(readApplicationId(record.bytes));
        rejections.push(describeRejection(record));
      },
    }).catch((error: unknown) => {
      if (!(error instanceof DomainError) || error.code !== "invalid") throw error;
      throw new SyncFailure("bad_answer", "The source's list of applications is malformed.");
    });
    const { lowestApplicationId, newestSubmitTime } = order.end(page);
    await tx
      .update(applicationSyncs)
      .set({
        // However long this page took to save, there is a full lease for the next one.
        leaseUntil: leaseEnd,
        stalledRuns: 0,
        pageToken: page.nextPageToken,
        lowestApplicationId,
        newestSubmitTime: sql`greatest(newest_submit_time, ${newestSubmitTime}::timestamptz)`,
        readCount: sql`read_count + ${merged.read}`,
        insertedCount: sql`inserted_count + ${merged.inserted}`,
        updatedCount: sql`updated_count + ${merged.updated}`,
        unchangedCount: sql`unchanged_count + ${merged.unchanged}`,
        rejectedCount: sql`rejected_count + ${merged.rejected}`,
        erasedCount: sql`erased_count + ${merged.erased}`,
        pulledTotal: sql`pulled_total + ${merged.read}`,
        ...(rejections.length > 0 ? { lastRejection: rejections.at(-1) ?? null } : {}),
      })
      .where(isHeldBy(lease));
    const next = { ...walkOf(await readRow(tx, lease)), isResumed: walk.isResumed };
    if (page.nextPageToken === null) {
      await tellChanges(tx, input, "complete");
      await endWalk(tx, lease, now);
    }
    return next;
  });
  for (const message of rejections) input.onReject?.(message);
  return saved;
}

/**
 * Ends a walk and gives the lease back. Applications that were submitted after the walk began may be on pages
 * that it had already passed, so nothing newer than its start counts as synced.
 */
async function endWalk(tx: Database, lease: SyncLease, now: Date): Promise<void> {
  await tx
    .update(applicationSyncs)
    .set({
      syncedUntil: sql`case when newest_submit_time is null then synced_until
        else greatest(synced_until, least(newest_submit_time, walk_started_at)) end`,
      walkStartedAt: null,
      succeededAt: now,
      fullSucceededAt: sql`case when is_full then walk_started_at else full_succeeded_at end`,
      failure: null,
      waitUntil: null,
      leaseToken: null,
      leaseUntil: null,
    })
    .where(isHeldBy(lease));
}

/** Failures that may come from a single page, while the source itself works. */
const pageTroubles: ReadonlySet<SyncFailureCode> = new Set(["bad_answer", "too_busy"]);
const stalledRunsMax = 3;

/**
 * Ends a failed run and gives the lease back. The next run continues the walk, but a walk that stopped three
 * times at the same page is given up: the next one begins with what is new, so that a broken page holds back
 * only what comes after it.
 */
export async function endRunWithFailure(db: Database, input: SyncRunner & { failure: SyncFailure }): Promise<void> {
  const { lease, failure, now } = input;
  await db.transaction(async (tx) => {
    await requireSyncLease(tx, lease);
    await tellChanges(tx, input, "stopped");
    const { stalledRuns } = await readRow(tx, lease);
    const stalled = pageTroubles.has(failure.code) ? stalledRuns + 1 : stalledRuns;
    const isGivenUp = stalled >= stalledRunsMax;
    await tx
      .update(applicationSyncs)
      .set({
        ...(isGivenUp ? { walkStartedAt: null, pageToken: null } : {}),
        stalledRuns: isGivenUp ? 0 : stalled,
        failure: failure.message,
        failedAt: now,
        failureTotal: sql`failure_total + 1`,
        waitUntil: failure.retryAfterMs === null ? null : new Date(now.getTime() + failure.retryAfterMs),
        leaseToken: null,
        leaseUntil: null,
      })
      .where(isHeldBy(lease));
  });
}

const pieceBytes = 64 * 1024;

/** Pauses between pieces, so that a server keeps answering other requests while it reads a long page. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    yield bytes.subarray(at, at + pieceBytes);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Takes a walk from page to page: a page's applications and the step to the next page are written together
 * or not at all, so that a death in between neither loses nor repeats anything.
 */
import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { applicationSyncs } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import { mergeApplications } from "../../applications/imports/import.ts";
import { SyncFailure, type SyncFailureCode } from "./failure.ts";
import { isHeldBy, leaseEnd, requireSyncLease, type SyncLease } from "./lease.ts";
import type { SourcePage } from "./page.ts";
import { createPageOrder } from "./page-order.ts";
import { describeRejection, readApplicationId } from "./rejection.ts";
import { readRow, type SyncRunner, type SyncWalk, tellChanges, walkOf } from "./walk.ts";

/**
 * Writes a page's applications and where the walk goes on; with the last page, that it has come to its
 * end. Throws a `SyncFailure` on a page that breaks the order of a listing, and when the lease is lost;
 * then nothing is written.
 */
export async function savePage(
  db: Database,
  input: SyncRunner & { page: SourcePage; walk: SyncWalk; onReject: (message: string) => void },
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
      onRecord: ({ applicationId, submitTime }) => order.add(applicationId, submitTime),
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
        // A page that took long to write leaves its runner the whole time for the next one.
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
  for (const message of rejections) input.onReject(message);
  return saved;
}

/**
 * Ends a walk and gives the lease back. What was submitted after the walk began may lie on pages that it
 * had passed already, so nothing later counts as seen, however new an application says it is.
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

/** Trouble that may be one page's own: its source is there, and does not give it in a way that can be taken. */
const pageTroubles: ReadonlySet<SyncFailureCode> = new Set(["bad_answer", "too_busy"]);
const stalledRunsMax = 3;

/**
 * Ends a run that could not go on, and gives the lease back. The walk stays as it is, for the next run;
 * but one that a page has stopped three times is given up: the next one begins with what is new, so that
 * a page that never comes keeps nothing back but what lies behind it.
 */
export async function endRunWithFailure(
  db: Database,
  input: SyncRunner & { failure: SyncFailure },
): Promise<void> {
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
        waitUntil:
          failure.retryAfterMs === null ? null : new Date(now.getTime() + failure.retryAfterMs),
        leaseToken: null,
        leaseUntil: null,
      })
      .where(isHeldBy(lease));
  });
}

const pieceBytes = 64 * 1024;

/** In between, the process does other things: a server goes on checking keys while it reads a long page. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    yield bytes.subarray(at, at + pieceBytes);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * A walk through a source's pages, as the database stores it: when it began, which page is next, and its
 * counts. `saving.ts` saves its pages.
 */
import { eq, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { applicationSyncs } from "../../../db/schema.ts";
import { type Actor, recordAuditEvent } from "../../access/audit/record.ts";
import type { ApplicationImport } from "../../applications/imports/import.ts";
import { isHeldBy, requireSyncLease, type SyncLease } from "./lease.ts";

/** A walk, before its next page. */
export interface SyncWalk {
  /** Whether it goes through everything, not only what was submitted lately. */
  readonly isFull: boolean;
  /** Whether another run began it. */
  readonly isResumed: boolean;
  readonly fromDate: string | null;
  readonly pageToken: string | null;
  /** Applications come with falling ids: the next page has only smaller ones. */
  readonly lowestApplicationId: bigint | null;
  readonly counts: ApplicationImport;
}

/** Who runs the walk, for the audit trail. */
export interface SyncRunner {
  readonly lease: SyncLease;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * How far a walk overlaps with what is already synced. A day is written in UTC and read in the source's zone,
 * so at least a day is left for differing clocks and for changes soon after.
 */
const overlap = sql`interval '2 days'`;

/**
 * Continues the unfinished walk if it is of the same source and covers enough; begins a new one otherwise.
 * The first walk of a source is full.
 */
export async function openWalk(
  db: Database,
  input: SyncRunner & { origin: string; wantsFull: boolean; fullBefore: Date | null },
): Promise<SyncWalk> {
  const { lease, origin, fullBefore } = input;
  return db.transaction(async (tx) => {
    await requireSyncLease(tx, lease);
    const row = await readRow(tx, lease);
    const isSameSource = row.source === origin;
    const isFullDue =
      input.wantsFull || (fullBefore !== null && (row.fullSucceededAt === null || row.fullSucceededAt <= fullBefore));
    if (isSameSource && row.walkStartedAt !== null && (row.isFull || !isFullDue)) {
      return { ...walkOf(row), isResumed: true };
    }
    if (!isSameSource) {
      await tx.update(applicationSyncs).set({ syncedUntil: null, fullSucceededAt: null }).where(isHeldBy(lease));
    }
    return beginWalk(tx, { ...input, isFull: isFullDue });
  });
}

/** Begins the walk again from its first page. */
export async function restartWalk(
  db: Database,
  input: SyncRunner & { origin: string; isFull: boolean },
): Promise<SyncWalk> {
  return db.transaction(async (tx) => {
    await requireSyncLease(tx, input.lease);
    return beginWalk(tx, input);
  });
}

async function beginWalk(tx: Database, input: SyncRunner & { origin: string; isFull: boolean }): Promise<SyncWalk> {
  const { lease, origin, isFull, now } = input;
  await tellChanges(tx, input, "dropped");
  await tx
    .update(applicationSyncs)
    .set({
      source: origin,
      walkStartedAt: now,
      isFull: sql`${isFull} or synced_until is null`,
      fromDate: isFull ? null : sql`((synced_until at time zone 'UTC') - ${overlap})::date`,
      pageToken: null,
      lowestApplicationId: null,
      newestSubmitTime: null,
      readCount: 0,
      insertedCount: 0,
      updatedCount: 0,
      unchangedCount: 0,
      rejectedCount: 0,
      erasedCount: 0,
      auditedCount: 0,
      lastRejection: null,
    })
    .where(isHeldBy(lease));
  return { ...walkOf(await readRow(tx, lease)), isResumed: false };
}

/** Writes an audit event if the walk has made changes since the last one. */
export async function tellChanges(
  tx: Database,
  { lease, actor, now }: SyncRunner,
  outcome: "complete" | "stopped" | "dropped",
): Promise<void> {
  const row = await readRow(tx, lease);
  const { counts, isFull } = walkOf(row);
  const changed = counts.inserted + counts.updated;
  if (changed <= row.auditedCount) return;
  const details = { source: row.source, walk: isFull ? "full" : "newest", outcome, ...counts };
  await recordAuditEvent(tx, { actor, now }, "applications.synced", details, { programId: lease.programId });
  await tx.update(applicationSyncs).set({ auditedCount: changed }).where(isHeldBy(lease));
}

/** The row of a lease. */
export async function readRow(tx: Database, lease: SyncLease) {
  const [row] = await tx.select().from(applicationSyncs).where(eq(applicationSyncs.programId, lease.programId));
  if (row === undefined) throw new Error(`no sync of program ${lease.programId}`);
  return row;
}

/** The walk in a row. */
export function walkOf(row: typeof applicationSyncs.$inferSelect): Omit<SyncWalk, "isResumed"> {
  const { isFull, fromDate, pageToken, lowestApplicationId } = row;
  return { isFull, fromDate, pageToken, lowestApplicationId, counts: countsOf(row) };
}

/** The counts of the current walk, or of the last one. */
export function countsOf(row: typeof applicationSyncs.$inferSelect): ApplicationImport {
  return {
    read: row.readCount,
    inserted: row.insertedCount,
    updated: row.updatedCount,
    unchanged: row.unchangedCount,
    rejected: row.rejectedCount,
    erased: row.erasedCount,
  };
}

/**
 * The lease that lets one run at a time pull a program's applications. It is held until it is given back or
 * expires. It needs no database session, so it works behind a pooler, and it goes by the database's clock,
 * which all servers share.
 */
import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { applicationSyncs } from "../../../db/schema.ts";
import { SyncFailure } from "./failure.ts";

/** The right to pull. Every write of its holder checks it, and fails once another run has it. */
export interface SyncLease {
  readonly programId: number;
  readonly token: string;
}

/** When a run is due that nobody asked for by hand. */
export interface SyncDue {
  /** The last run began before. */
  readonly startedBefore: Date;
  readonly now: Date;
}

/** How long a lease lasts without being renewed, and so how long others wait for a dead holder. */
export const leaseSeconds = 20;
const renewEveryMs = 5_000;

/** When a lease that is renewed now expires. */
export const leaseEnd = sql`clock_timestamp() + make_interval(secs => ${leaseSeconds})`;

/**
 * Takes the lease. Undefined when another run holds it or, with `due`, when no run is due. An unfinished
 * run of an earlier holder is always due.
 */
export async function takeSyncLease(
  db: Database,
  { programId, origin, now, due }: { programId: number; origin: string; now: Date; due: SyncDue | null },
): Promise<SyncLease | undefined> {
  await db
    .insert(applicationSyncs)
    .values({ programId, source: origin })
    .onConflictDoNothing({ target: applicationSyncs.programId });
  const token = randomUUID();
  const taken = await db
    .update(applicationSyncs)
    .set({ leaseToken: token, leaseUntil: leaseEnd, startedAt: now })
    .where(
      and(
        eq(applicationSyncs.programId, programId),
        sql`(lease_until is null or lease_until <= clock_timestamp())`,
        due === null ? undefined : isDue(due),
      ),
    )
    .returning({ programId: applicationSyncs.programId });
  return taken.length === 0 ? undefined : { programId, token };
}

function isDue({ startedBefore, now }: SyncDue) {
  const at = (date: Date) => sql`${date.toISOString()}::timestamptz`;
  return sql`(lease_token is not null or started_at is null or started_at <= ${at(startedBefore)}
    or requested_at > started_at) and (wait_until is null or wait_until <= ${at(now)})`;
}

/** Proves that the lease is still held, and holds it for the rest of the transaction. Throws a `SyncFailure`. */
export async function requireSyncLease(tx: Database, lease: SyncLease): Promise<void> {
  if (!(await renewSyncLease(tx, lease))) throw leaseLost();
}

/** Why a run stops when another one has its lease. */
export function leaseLost(): SyncFailure {
  return new SyncFailure("lease_lost", "Another run has taken over this sync.");
}

/** Renews the lease; false when another run has it. */
async function renewSyncLease(db: Database, lease: SyncLease): Promise<boolean> {
  const renewed = await db
    .update(applicationSyncs)
    .set({ leaseUntil: leaseEnd })
    .where(isHeldBy(lease))
    .returning({ programId: applicationSyncs.programId });
  return renewed.length > 0;
}

/** Selects the row of the sync while this lease is held. */
export function isHeldBy({ programId, token }: SyncLease) {
  return and(eq(applicationSyncs.programId, programId), eq(applicationSyncs.leaseToken, token));
}

/** When the current lease expires, unless it is renewed; null when there is none. */
export async function findLeaseEnd(db: Database, programId: number): Promise<Date | null> {
  const [row] = await db
    .select({ leaseUntil: applicationSyncs.leaseUntil })
    .from(applicationSyncs)
    .where(eq(applicationSyncs.programId, programId));
  return row?.leaseUntil ?? null;
}

/** Gives the lease up and leaves the walk unfinished, for the next run. */
export async function abandonSyncLease(db: Database, lease: SyncLease): Promise<void> {
  await db.update(applicationSyncs).set({ leaseUntil: sql`clock_timestamp()` }).where(isHeldBy(lease));
}

/** Renews a lease regularly until it is closed; calls `onLost` when another run has it. */
export function keepSyncLease(db: Database, lease: SyncLease, onLost: () => void) {
  let renewing: Promise<void> | undefined;

  async function renew(): Promise<void> {
    // When the database is unavailable, saving the next page fails and says so.
    const isHeld = await renewSyncLease(db, lease).catch(() => true);
    if (!isHeld) onLost();
    renewing = undefined;
  }

  const timer = setInterval(() => {
    // A page that is being saved locks the lease: renewals must not pile up.
    renewing ??= renew();
  }, renewEveryMs);
  timer.unref();
  return {
    async close(): Promise<void> {
      clearInterval(timer);
      await renewing;
    },
  };
}

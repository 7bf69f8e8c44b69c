/**
 * Who may pull a program's applications now: the holder of a lease in the database, which nobody else gets
 * until it is given back or runs out. It needs no session of its own, so it works behind a pooler, and its
 * clock is the database's, which all servers share.
 */
import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { applicationSyncs } from "../../../db/schema.ts";
import { SyncFailure } from "./failure.ts";

/** The right to pull. What its holder writes carries it, and is refused once somebody else has it. */
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

/** How long a lease lasts without its holder's saying that it is alive: how long a dead one is waited for. */
export const leaseSeconds = 20;
const renewEveryMs = 5_000;

/** When a lease ends that is renewed now. */
export const leaseEnd = sql`clock_timestamp() + make_interval(secs => ${leaseSeconds})`;

/**
 * Takes the lease, or gives undefined: another holds it, or, with `due`, there is nothing to do yet. What
 * an earlier holder left half done is always due.
 */
export async function takeSyncLease(
  db: Database,
  input: { programId: number; origin: string; now: Date; due: SyncDue | null },
): Promise<SyncLease | undefined> {
  const { programId, origin, now, due } = input;
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

/** What a run stops with that is not the one any more. */
export function leaseLost(): SyncFailure {
  return new SyncFailure("lease_lost", "Another run has taken this sync over.");
}

/** The lease starts anew; false when somebody else has it. */
async function renewSyncLease(db: Database, lease: SyncLease): Promise<boolean> {
  const renewed = await db
    .update(applicationSyncs)
    .set({ leaseUntil: leaseEnd })
    .where(isHeldBy(lease))
    .returning({ programId: applicationSyncs.programId });
  return renewed.length > 0;
}

/** The row, as long as this lease is the one that counts. */
export function isHeldBy({ programId, token }: SyncLease) {
  return and(eq(applicationSyncs.programId, programId), eq(applicationSyncs.leaseToken, token));
}

/** When the lease runs out that somebody holds; null when nobody does. It moves while its holder lives. */
export async function findLeaseEnd(db: Database, programId: number): Promise<Date | null> {
  const [row] = await db
    .select({ leaseUntil: applicationSyncs.leaseUntil })
    .from(applicationSyncs)
    .where(eq(applicationSyncs.programId, programId));
  return row?.leaseUntil ?? null;
}

/** Leaves a walk for whoever comes next, at once: it is marked as half done. */
export async function abandonSyncLease(db: Database, lease: SyncLease): Promise<void> {
  await db
    .update(applicationSyncs)
    .set({ leaseUntil: sql`clock_timestamp()` })
    .where(isHeldBy(lease));
}

/** Renews a lease again and again until it is closed; calls `onLost` when somebody else has it. */
export function keepSyncLease(db: Database, lease: SyncLease, onLost: () => void) {
  let renewing: Promise<void> = Promise.resolve();
  let isRenewing = false;
  const timer = setInterval(() => {
    // A page that waits for an import holds the lease meanwhile: its renewals must not pile up.
    if (isRenewing) return;
    isRenewing = true;
    renewing = renewSyncLease(db, lease)
      .then(
        (isHeld) => {
          if (!isHeld) onLost();
        },
        // A database that is away now fails the next page, which says so.
        () => {},
      )
      .finally(() => {
        isRenewing = false;
      });
  }, renewEveryMs);
  timer.unref();
  return {
    async close(): Promise<void> {
      clearInterval(timer);
      await renewing;
    },
  };
}

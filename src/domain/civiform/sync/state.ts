/** The state of the syncs, for the pages, the CLI and the metrics. */
import { eq, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { applicationSyncs, programs } from "../../../db/schema.ts";
import type { ApplicationImport } from "../../applications/imports/import.ts";
import { bySlug } from "../../programs/find.ts";
import { countsOf } from "./walk.ts";

/** The sync of one program. */
export interface SyncState {
  readonly slug: string;
  /** The origin that it pulls from. */
  readonly source: string;
  /** `interrupted`: a run ended in the middle of a walk, and the next one continues it. */
  readonly state: "running" | "interrupted" | "failed" | "good" | "new";
  /** When the last run began; null when there was none. */
  readonly startedAt: Date | null;
  /** When a walk was last completed. */
  readonly succeededAt: Date | null;
  /** When the last completed full walk began. */
  readonly fullSucceededAt: Date | null;
  /** Why the last run stopped, and when; null when it did not. */
  readonly failure: string | null;
  readonly failedAt: Date | null;
  /** The source asked not to be called before then. */
  readonly waitUntil: Date | null;
  /** Somebody asked for a run that has not begun yet. */
  readonly isRequested: boolean;
  /** Of the walk that is under way, else of the last one. */
  readonly isFull: boolean;
  readonly isWalking: boolean;
  readonly counts: ApplicationImport;
  /** The last record of that walk that was left out, and why. */
  readonly lastRejection: string | null;
  /** Applications read, and failed runs, in total. */
  readonly pulledTotal: number;
  readonly failureTotal: number;
}

/** All syncs by slug, or only the sync of one program. */
export async function listSyncStates(db: Database, programId?: number): Promise<SyncState[]> {
  const sync = applicationSyncs;
  const rows = await db
    .select({
      row: sync,
      slug: programs.slug,
      isHeld: sql<boolean>`coalesce(${sync.leaseUntil} > clock_timestamp(), false)`,
    })
    .from(sync)
    .innerJoin(programs, eq(programs.id, sync.programId))
    .where(programId === undefined ? undefined : eq(sync.programId, programId))
    .orderBy(bySlug);
  return rows.map(({ row, slug, isHeld }) => ({
    slug,
    source: row.source,
    state: stateOf(row, isHeld),
    startedAt: row.startedAt,
    succeededAt: row.succeededAt,
    fullSucceededAt: row.fullSucceededAt,
    failure: row.failure,
    failedAt: row.failure === null ? null : row.failedAt,
    waitUntil: row.waitUntil,
    isRequested: row.requestedAt !== null && (row.startedAt === null || row.requestedAt > row.startedAt),
    isFull: row.isFull,
    isWalking: row.walkStartedAt !== null,
    counts: countsOf(row),
    lastRejection: row.lastRejection,
    pulledTotal: row.pulledTotal,
    failureTotal: row.failureTotal,
  }));
}

function stateOf(row: typeof applicationSyncs.$inferSelect, isHeld: boolean): SyncState["state"] {
  if (isHeld) return "running";
  if (row.leaseToken !== null) return "interrupted";
  if (row.failure !== null) return "failed";
  return row.succeededAt === null ? "new" : "good";
}

/** Requests a run; the next server that checks runs it. */
export async function requestSync(
  db: Database,
  { programId, origin, now }: { programId: number; origin: string; now: Date },
): Promise<void> {
  await db
    .insert(applicationSyncs)
    .values({ programId, source: origin, requestedAt: now })
    .onConflictDoUpdate({ target: applicationSyncs.programId, set: { requestedAt: now } });
}

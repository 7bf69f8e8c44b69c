/** Where following a running CiviForm, or another CiviKey, stands. */
import { sql } from "drizzle-orm";
import { bigint, boolean, check, date, integer, pgTable, text } from "drizzle-orm/pg-core";
import { count, exactInstant, instant, reference } from "./columns.ts";
import { programs } from "./programs.ts";

/**
 * How far each program has followed a running CiviForm, or another CiviKey. Who holds the
 * lease is the one to pull; where the walk through the source's pages stands is written with the rows of
 * each page, so that whoever comes after a death goes on from there.
 */
export const applicationSyncs = pgTable(
  "application_syncs",
  {
    programId: reference("program_id")
      .primaryKey()
      .references(() => programs.id),
    /** The origin that the state below is about. */
    source: text("source").notNull(),
    leaseToken: text("lease_token"),
    leaseUntil: instant("lease_until"),
    /** When the walk that is under way began; null between walks. */
    walkStartedAt: instant("walk_started_at"),
    isFull: boolean("is_full").notNull().default(false),
    /** The source's `fromDate` of the walk. */
    fromDate: date("from_date", { mode: "string" }),
    /** The source's token of the page that comes next; null for the first. */
    pageToken: text("page_token"),
    lowestApplicationId: bigint("lowest_application_id", { mode: "bigint" }),
    newestSubmitTime: exactInstant("newest_submit_time"),
    /** Of the walk that is under way, else of the last one. */
    readCount: count("read_count").notNull().default(0),
    insertedCount: count("inserted_count").notNull().default(0),
    updatedCount: count("updated_count").notNull().default(0),
    unchangedCount: count("unchanged_count").notNull().default(0),
    rejectedCount: count("rejected_count").notNull().default(0),
    erasedCount: count("erased_count").notNull().default(0),
    /** Changes of the walk that an audit event tells of already. */
    auditedCount: count("audited_count").notNull().default(0),
    /** What is wrong with the last record of the walk that was left out. */
    lastRejection: text("last_rejection"),
    /** Everything submitted before is here; null until a walk has come to its end. */
    syncedUntil: exactInstant("synced_until"),
    startedAt: instant("started_at"),
    succeededAt: instant("succeeded_at"),
    fullSucceededAt: instant("full_succeeded_at"),
    /** Why the last run stopped; null when it did not. */
    failure: text("failure"),
    failedAt: instant("failed_at"),
    /** How many runs in a row the source's answer to the walk's next page has stopped. */
    stalledRuns: integer("stalled_runs").notNull().default(0),
    /** The source asked not to be called before. */
    waitUntil: instant("wait_until"),
    requestedAt: instant("requested_at"),
    pulledTotal: count("pulled_total").notNull().default(0),
    failureTotal: count("failure_total").notNull().default(0),
  },
  (t) => [
    check("application_syncs_lease_has_an_end", sql`(${t.leaseToken} is null) = (${t.leaseUntil} is null)`),
    check("application_syncs_token_within_a_walk", sql`${t.pageToken} is null or ${t.walkStartedAt} is not null`),
  ],
);

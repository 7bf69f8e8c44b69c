/** Which applications were erased for good, when, by whom and why. Append-only: what is here comes back by no import. */
import { sql } from "drizzle-orm";
import { bigint, check, index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { count, exactInstant, identity, reference, referenceTo } from "./columns.ts";
import { programs } from "./programs.ts";

/** Some applications of a program that one transaction erased; a large one has several of these rows. */
export const erasures = pgTable(
  "erasures",
  {
    id: identity("id"),
    programId: referenceTo("program_id", () => programs.id),
    /** Infinity until the commit, like that of `modifications`. */
    at: exactInstant("at").notNull().default(sql`'infinity'`),
    erasedBy: text("erased_by").notNull(),
    reason: text("reason"),
    applicationCount: count("application_count").notNull(),
  },
  (t) => [index("erasures_at").on(t.programId, t.at, t.id), check("erasures_of_some", sql`${t.applicationCount} > 0`)],
);

/** The ids that are left of erased applications. */
export const erasedApplications = pgTable(
  "erased_applications",
  {
    programId: reference("program_id").notNull(),
    applicationId: bigint("application_id", { mode: "bigint" }).notNull(),
    erasureId: referenceTo("erasure_id", () => erasures.id),
  },
  (t) => [
    primaryKey({ name: "erased_applications_pkey", columns: [t.programId, t.applicationId] }),
    index("erased_applications_erasure").on(t.erasureId, t.applicationId),
  ],
);

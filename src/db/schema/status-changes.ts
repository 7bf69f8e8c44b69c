/** How applications came by their status. */
import { sql } from "drizzle-orm";
import { bigint, check, foreignKey, index, pgTable, text } from "drizzle-orm/pg-core";
import { applications } from "./applications.ts";
import { exactInstant, identity, reference } from "./columns.ts";
import { apiKeys } from "./keys.ts";
import { admins } from "./people.ts";

/** Every change of an application's status or note, in the order in which they took effect. Append-only, until the application is erased. */
export const statusChanges = pgTable(
  "status_changes",
  {
    id: identity("id"),
    programId: reference("program_id").notNull(),
    applicationId: bigint("application_id", { mode: "bigint" }).notNull(),
    /** The application's `status_last_modified_time` from then on; when an import says none, its own time. */
    at: exactInstant("at").notNull(),
    /** The key that set it; null when a person did, or it came with an import. */
    apiKeyId: reference("api_key_id").references(() => apiKeys.id),
    /** The person who set it. */
    adminId: reference("admin_id").references(() => admins.id),
    status: text("status"),
    note: text("note"),
    previousStatus: text("previous_status"),
    previousNote: text("previous_note"),
  },
  (t) => [
    index("status_changes_application").on(t.programId, t.applicationId, t.id),
    foreignKey({
      name: "status_changes_application_fkey",
      columns: [t.programId, t.applicationId],
      foreignColumns: [applications.programId, applications.applicationId],
    }),
    check("status_changes_set_by_one", sql`${t.apiKeyId} is null or ${t.adminId} is null`),
  ],
);

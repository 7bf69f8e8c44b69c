/** What making applications here takes: ids for them, and which `Idempotency-Key` has made which. */
import { bigint, index, pgSequence, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant, reference, referenceTo } from "./columns.ts";
import { apiKeys } from "./keys.ts";

/**
 * Ids of the applications that were submitted here. They lie where CiviForm's never come, and below
 * 2^53, so that every reader of JSON keeps them; each database starts somewhere else.
 */
export const submittedApplicationIds = pgSequence("submitted_application_ids", {
  minValue: 2 ** 52,
  maxValue: 2 ** 53 - 1,
  startWith: 2 ** 52,
});

/**
 * Which submissions were made under which `Idempotency-Key`, so that a retry makes none. Kept for a day
 * or longer. Of the body there is a digest only; the answer is kept, because a retry gets it whatever changed since.
 * When the application is erased, both become empty, and the row stays: otherwise a retry would store it again.
 */
export const idempotentSubmissions = pgTable(
  "idempotent_submissions",
  {
    /** The first of the keys that replaced one another. */
    apiKeyId: referenceTo("api_key_id", () => apiKeys.id),
    programId: reference("program_id").notNull(),
    idempotencyKey: text("idempotency_key").notNull(),
    bodyDigest: text("body_digest").notNull(),
    applicationId: bigint("application_id", { mode: "bigint" }).notNull(),
    /** The application as JSON, as it was answered. */
    answer: text("answer").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    primaryKey({
      name: "idempotent_submissions_pkey",
      columns: [t.apiKeyId, t.programId, t.idempotencyKey],
    }),
    index("idempotent_submissions_created_at").on(t.createdAt),
  ],
);

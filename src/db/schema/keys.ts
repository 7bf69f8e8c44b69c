/** API keys, and what each of them may do. */
import { sql } from "drizzle-orm";
import { check, cidr, foreignKey, index, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { identity, instant, reference, referenceTo } from "./columns.ts";
import { programs } from "./programs.ts";

/** API keys. The secret is nowhere: only its HMAC, under the salt named by `salt_id`. */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: identity("id"),
    keyId: text("key_id").notNull(),
    name: text("name").notNull(),
    secretHash: text("secret_hash").notNull(),
    saltId: text("salt_id").notNull(),
    expiration: instant("expiration").notNull(),
    subnets: cidr("subnets").array().notNull(),
    contactEmail: text("contact_email"),
    note: text("note"),
    /** Which form made it, so that a form that is sent twice makes one key; null for the CLI. */
    formToken: text("form_token"),
    createdAt: instant("created_at").notNull(),
    createdBy: text("created_by").notNull(),
    retiredAt: instant("retired_at"),
    retiredBy: text("retired_by"),
    /** Until when the key may replace itself, and its successors themselves; null when only admins replace it. */
    renewUntil: instant("renew_until"),
    /** The key that this one replaces. */
    predecessorId: reference("predecessor_id"),
    /** Another one after every change of the key or its grants, by triggers: see `domain/stored-keys`. */
    changeId: uuid("change_id").notNull().defaultRandom(),
  },
  (t) => [
    unique("api_keys_key_id_unique").on(t.keyId),
    unique("api_keys_form_token_unique").on(t.formToken),
    unique("api_keys_one_successor").on(t.predecessorId),
    foreignKey({
      name: "api_keys_predecessor_id_fkey",
      columns: [t.predecessorId],
      foreignColumns: [t.id],
    }),
    index("api_keys_expiration").on(t.expiration).where(sql`${t.retiredAt} is null`),
    index("api_keys_name").on(sql`lower(${t.name})`, t.id).where(sql`${t.retiredAt} is null`),
    index("api_keys_retired").on(t.id).where(sql`${t.retiredAt} is not null`),
    check("api_keys_name_not_blank", sql`btrim(${t.name}) <> ''`),
    check("api_keys_have_a_subnet", sql`cardinality(${t.subnets}) >= 1`),
    check("api_keys_subnets_not_null", sql`array_position(${t.subnets}, null) is null`),
    check("api_keys_retired_by_someone", sql`(${t.retiredAt} is null) = (${t.retiredBy} is null)`),
  ],
);

/** A permission of one key on one program. Every key has at least one: a deferred trigger sees to it. */
export const grants = pgTable(
  "grants",
  {
    apiKeyId: referenceTo("api_key_id", () => apiKeys.id),
    programId: referenceTo("program_id", () => programs.id),
    permission: text("permission", { enum: ["READ", "WRITE"] }).notNull(),
    /** Which questions READ shows: see `domain/access/questions`. A trigger lets it only ever show fewer. */
    questionMode: text("question_mode", { enum: ["all", "only", "except"] })
      .notNull()
      .default("all"),
    questionKeys: text("question_keys").array().notNull().default(sql`'{}'`),
  },
  (t) => [
    primaryKey({ name: "grants_pkey", columns: [t.apiKeyId, t.programId, t.permission] }),
    index("grants_program_id").on(t.programId),
    check("grants_permission_known", sql`${t.permission} in ('READ', 'WRITE')`),
    check("grants_question_mode_known", sql`${t.questionMode} in ('all', 'only', 'except')`),
    check("grants_questions_of_read", sql`${t.permission} = 'READ' or ${t.questionMode} = 'all'`),
    check("grants_keys_unless_all", sql`(${t.questionMode} = 'all') = (cardinality(${t.questionKeys}) = 0)`),
    check("grants_no_null_among_keys", sql`array_position(${t.questionKeys}, null) is null`),
  ],
);

/** Admins: the people who manage keys. */
import { asc, count, eq, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { admins, sessions } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { type Actor, recordAuditEvent } from "../audit/record.ts";
import { findPasswordProblem, hashPassword } from "./passwords.ts";

/** One admin, without the password. */
export interface Admin {
  readonly id: number;
  /** Lower case; the name under which an admin acts. */
  readonly email: string;
  readonly createdAt: Date;
}

/** One spelling of an e-mail address: trimmed, lower case. */
export function normalizeEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** All admins by e-mail. */
export function listAdmins(db: Database): Promise<Admin[]> {
  return db
    .select({ id: admins.id, email: admins.email, createdAt: admins.createdAt })
    .from(admins)
    .orderBy(asc(admins.email));
}

/** Tells whether anybody can sign in yet. */
export async function hasAdmin(db: Database): Promise<boolean> {
  const [row] = await db.select({ admins: count() }).from(admins);
  return (row?.admins ?? 0) > 0;
}

/**
 * Makes an admin. Throws `invalid` with problems by field (`email`, `password`), `conflict` when the
 * e-mail is taken.
 */
export async function createAdmin(
  db: Database,
  input: { email: string; password: Secret; actor: Actor; now: Date },
): Promise<Admin> {
  const email = normalizeEmail(input.email);
  const fields = await findProblems(email, input.password);
  if (Object.keys(fields).length > 0) {
    throw new DomainError("invalid", Object.values(fields).flat().join(" "), { fields });
  }
  const passwordHash = await hashPassword(input.password);
  return db.transaction(async (tx) => {
    const [admin] = await tx
      .insert(admins)
      .values({ email, passwordHash, createdAt: input.now })
      .onConflictDoNothing()
      .returning({ id: admins.id, email: admins.email, createdAt: admins.createdAt });
    if (!admin)
      throw new DomainError("conflict", `An admin with the e-mail ${email} exists already.`);
    await recordAuditEvent(tx, {
      at: input.now,
      actor: input.actor,
      action: "admin.created",
      details: { email },
    });
    return admin;
  });
}

/** Sets a new password and ends all sessions of that admin. Throws `not_found`, or `invalid` by field. */
export async function setPassword(
  db: Database,
  input: { email: string; password: Secret; actor: Actor; now: Date },
): Promise<void> {
  const email = normalizeEmail(input.email);
  const problem = await findPasswordProblem(input.password, { email });
  if (problem) throw new DomainError("invalid", problem, { fields: { password: [problem] } });
  const passwordHash = await hashPassword(input.password);
  await db.transaction(async (tx) => {
    const [admin] = await tx
      .update(admins)
      .set({ passwordHash })
      .where(eq(admins.email, email))
      .returning({ id: admins.id });
    if (!admin) throw new DomainError("not_found", `No admin has the e-mail ${email}.`);
    await tx.delete(sessions).where(eq(sessions.adminId, admin.id));
    await recordAuditEvent(tx, {
      at: input.now,
      actor: input.actor,
      action: "admin.password_set",
      details: { email },
    });
  });
}

/** Keeps two first admins from being made at once: held until the transaction ends. */
export async function lockFirstAdmin(db: Database): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtext('civikey first admin'))`);
}

async function findProblems(email: string, password: Secret): Promise<Record<string, string[]>> {
  const fields: Record<string, string[]> = {};
  if (email === "") fields.email = ["E-mail cannot be blank."];
  else if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
    fields.email = ["E-mail must be an address such as name@example.org."];
  }
  const problem = await findPasswordProblem(password, { email });
  if (problem) fields.password = [problem];
  return fields;
}

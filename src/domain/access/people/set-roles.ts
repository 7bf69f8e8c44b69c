/** Gives and takes roles. An instance always keeps an admin. */
import { and, eq, exists, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { adminRoles, admins, programs } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import { type Actor, recordAuditEvent } from "../audit/record.ts";
import type { Permitted, Role } from "./roles.ts";

/** A role to give; a program admin needs a program, the other roles have none. */
export interface NewRole {
  readonly role: Role;
  readonly programSlug?: string;
}

/** Somebody here, or a sign-on by its groups. */
type RolesGiver =
  | { readonly givenBy: "person"; readonly actor: Permitted<"change people"> }
  | { readonly givenBy: "group"; readonly actor: Actor };

/**
 * Sets the roles that a person got from people here, or (`givenBy: "group"`) from the groups of a sign-on; those from the
 * other are left alone. They count from the person's next request. Writes an audit event when something changed.
 * Throws `not_found` for an unknown person, `invalid` for an unknown program or a program that is missing or too
 * many, and `conflict` when people would take the role of the last active admin; a provider's groups may.
 */
export async function setRoles(
  db: Database,
  { personId, roles, givenBy, actor, now }: { personId: number; roles: readonly NewRole[]; now: Date } & RolesGiver,
): Promise<void> {
  await db.transaction(async (tx) => {
    await lockAdmins(tx);
    const [person] = await tx.select({ email: admins.email }).from(admins).where(eq(admins.id, personId));
    if (!person) throw new DomainError("not_found", "Person not found.");
    const before = await listRoleNames(tx, personId);
    const isHeld = await isOnlyAdmin(tx, personId);
    await tx.delete(adminRoles).where(and(eq(adminRoles.adminId, personId), eq(adminRoles.givenBy, givenBy)));
    const rows = await findPrograms(tx, roles);
    if (rows.length > 0) {
      const values = rows.map((row) => ({ ...row, adminId: personId, givenBy }));
      await tx.insert(adminRoles).values(values).onConflictDoNothing();
    }
    const after = await listRoleNames(tx, personId);
    if (isHeld && givenBy === "person" && !after.includes("admin")) throw noAdminLeft();
    if (before.join() === after.join()) return;
    const details = { email: person.email, givenBy, before: { roles: before }, after: { roles: after } };
    await recordAuditEvent(tx, { actor, now }, "admin.roles_set", details);
  });
}

/**
 * Throws `conflict` when this person is the only active admin who can sign in. Call it in the transaction that
 * disables the person, before the change: of two at once, the second waits for the first and sees what it did.
 */
export async function requireAnotherAdmin(tx: Database, personId: number): Promise<void> {
  await lockAdmins(tx);
  if (await isOnlyAdmin(tx, personId)) throw noAdminLeft();
}

async function lockAdmins(tx: Database): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('civikey last admin'))`);
}

/** Invited people who have never signed in don't count: nobody may know the way in. */
async function isOnlyAdmin(tx: Database, personId: number): Promise<boolean> {
  const isAdmin = exists(
    tx
      .select({ id: adminRoles.id })
      .from(adminRoles)
      .where(and(eq(adminRoles.adminId, admins.id), eq(adminRoles.role, "admin"))),
  );
  const canSignIn = or(isNotNull(admins.passwordHash), isNotNull(admins.lastSignedInAt));
  const active = await tx
    .select({ id: admins.id })
    .from(admins)
    .where(and(isAdmin, isNull(admins.disabledAt), or(canSignIn, eq(admins.id, personId))));
  return active.length === 1 && active[0]?.id === personId;
}

function noAdminLeft(): DomainError {
  return new DomainError("conflict", "This is the only active admin. Make someone else an admin first.");
}

async function listRoleNames(tx: Database, personId: number): Promise<string[]> {
  const rows = await tx
    .select({ role: adminRoles.role, slug: programs.slug })
    .from(adminRoles)
    .leftJoin(programs, eq(programs.id, adminRoles.programId))
    .where(eq(adminRoles.adminId, personId));
  const names = rows.map(({ role, slug }) => (slug === null ? role : `${role} of ${slug}`));
  return [...new Set(names)].sort();
}

async function findPrograms(tx: Database, roles: readonly NewRole[]) {
  const slugs = roles.flatMap(({ programSlug }) => programSlug ?? []);
  const found = await tx
    .select({ id: programs.id, slug: programs.slug })
    .from(programs)
    .where(inArray(programs.slug, slugs));
  const ids = new Map(found.map(({ id, slug }) => [slug, id]));
  return roles.map(({ role, programSlug }) => {
    if ((role === "program_admin") !== (programSlug !== undefined)) {
      throw new DomainError("invalid", "A program admin needs a program. Other roles have none.");
    }
    if (programSlug === undefined) return { role };
    const programId = ids.get(programSlug);
    if (programId === undefined) throw new DomainError("invalid", `Program not found for slug: ${programSlug}`);
    return { role, programId };
  });
}

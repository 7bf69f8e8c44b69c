/** The people who sign in. */
import { and, asc, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { adminRoles, admins } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import { isEmailAddress } from "../../../lib/net/email-address.ts";

/** One person, without the password. */
export interface Person {
  readonly id: number;
  /** Lower case; the name under which a person acts. */
  readonly email: string;
  readonly createdAt: Date;
}

/** The columns of a `Person`. */
export const personColumns = { id: admins.id, email: admins.email, createdAt: admins.createdAt };

/** The stored spelling of an e-mail address: trimmed, lower case. */
export function normalizeEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** Which person. */
export type PersonRef =
  | { readonly id: number; readonly email?: never }
  | { readonly email: string; readonly id?: never };

/** The condition for one person. */
export function isPerson({ id, email }: PersonRef): SQL {
  return id === undefined ? eq(admins.email, normalizeEmail(email)) : eq(admins.id, id);
}

/** One person. Throws `not_found`. */
export async function getPerson(db: Database, ref: PersonRef): Promise<Person> {
  const [person] = await db.select(personColumns).from(admins).where(isPerson(ref));
  if (person === undefined) throw personNotFound(ref);
  return person;
}

/**
 * Reads a person and locks them against other changes until the transaction ends, so that of two changes at once the
 * second sees the result of the first. Throws `not_found`.
 */
export async function lockPerson(tx: Database, ref: PersonRef): Promise<typeof admins.$inferSelect> {
  const [person] = await tx.select().from(admins).where(isPerson(ref)).for("no key update");
  if (person === undefined) throw personNotFound(ref);
  return person;
}

function personNotFound({ email }: PersonRef): DomainError {
  const message = email === undefined ? "Person not found." : `Nobody has the e-mail ${normalizeEmail(email)}.`;
  return new DomainError("not_found", message);
}

/** What is wrong with an e-mail address in its stored spelling. */
export function findEmailProblems(email: string): string[] {
  if (email === "") return ["E-mail cannot be blank."];
  return isEmailAddress(email) ? [] : ["E-mail must be an address such as name@example.org."];
}

/** Everyone who has the role of an admin, by e-mail. */
export function listAdmins(db: Database): Promise<Person[]> {
  const ids = db.select({ id: adminRoles.adminId }).from(adminRoles).where(eq(adminRoles.role, "admin"));
  return db.select(personColumns).from(admins).where(inArray(admins.id, ids)).orderBy(asc(admins.email));
}

/** The person with this id, unless they are disabled. */
export async function findPerson(db: Database, id: number): Promise<Person | undefined> {
  const [found] = await db
    .select(personColumns)
    .from(admins)
    .where(and(eq(admins.id, id), isNull(admins.disabledAt)));
  return found;
}

/** Changes whenever the password of this account does; the same for all e-mail addresses without one. */
export async function readPasswordMark(db: Database, email: string): Promise<string> {
  const [found] = await db
    .select({ mark: sql<string>`md5(${admins.passwordHash})` })
    .from(admins)
    .where(eq(admins.email, normalizeEmail(email)));
  return found?.mark ?? "";
}

/** Whether anybody is an admin yet. */
export async function hasAdmin(db: Database): Promise<boolean> {
  return (await db.$count(adminRoles, eq(adminRoles.role, "admin"))) > 0;
}

/** The people who sign in. */
import { asc, count, eq, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { admins } from "../../../db/schema.ts";

/** One person, without the password. */
export interface Person {
  readonly id: number;
  /** Lower case; the name under which a person acts. */
  readonly email: string;
  readonly createdAt: Date;
}

/** The stored spelling of an e-mail address: trimmed, lower case. */
export function normalizeEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** All people by e-mail. */
export function listPeople(db: Database): Promise<Person[]> {
  return db
    .select({ id: admins.id, email: admins.email, createdAt: admins.createdAt })
    .from(admins)
    .orderBy(asc(admins.email));
}

/** Changes whenever the password of this account does; the same for all e-mail addresses without one. */
export async function readPasswordMark(db: Database, email: string): Promise<string> {
  const [found] = await db
    .select({ mark: sql<string>`md5(${admins.passwordHash})` })
    .from(admins)
    .where(eq(admins.email, normalizeEmail(email)));
  return found?.mark ?? "";
}

/** Whether there is an admin yet. */
export async function hasAdmin(db: Database): Promise<boolean> {
  const [row] = await db.select({ admins: count() }).from(admins);
  return (row?.admins ?? 0) > 0;
}

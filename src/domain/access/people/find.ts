/** Admins: the people who manage keys. */
import { asc, count, eq, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { admins } from "../../../db/schema.ts";

/** One admin, without the password. */
export interface Admin {
  readonly id: number;
  /** Lower case; the name under which an admin acts. */
  readonly email: string;
  readonly createdAt: Date;
}

/** The stored spelling of an e-mail address: trimmed, lower case. */
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

/** Signing in with a password, throttled per account and per network (spec 3). */
import { and, count, eq, gt, lt } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "../db/client.ts";
import { admins, signInAttempts } from "../db/schema.ts";
import { type Admin, normalizeEmail } from "./admins.ts";
import { fingerprint } from "./derived-keys.ts";
import { DomainError } from "./errors.ts";
import { verifyPassword } from "./passwords.ts";
import type { Secret } from "./secret.ts";

const windowMinutes = 15;
const failuresMaxPerAccount = 10;
const failuresMaxPerNetwork = 50;

/** One try to sign in. */
export interface SignInAttempt {
  readonly email: string;
  readonly password: Secret;
  /** The caller's network (/32 or /64), or a constant when its address is unknown. */
  readonly network: string;
  /** Keys the fingerprint under which tries are counted: the e-mail itself is not stored. */
  readonly fingerprintKey: Uint8Array;
  readonly now: Date;
}

/**
 * Finds the admin whose e-mail and password these are. Undefined for a wrong password and for an
 * unknown account alike, after the same work. Throws `too_many` past 10 failures of the account or
 * 50 of the network in 15 minutes, for a right password too.
 */
export async function authenticateAdmin(
  db: Database,
  attempt: SignInAttempt,
): Promise<Admin | undefined> {
  const email = normalizeEmail(attempt.email);
  const attemptId = await countAttempt(db, attempt, email);
  const [row] = await db.select().from(admins).where(eq(admins.email, email));
  const isRight = await verifyPassword(attempt.password, row?.passwordHash);
  if (!row || !isRight) return undefined;
  await db.delete(signInAttempts).where(eq(signInAttempts.id, attemptId));
  return { id: row.id, email: row.email, createdAt: row.createdAt };
}

/** Writes the try down before it is judged, so that many at once cannot all slip under the limit. */
async function countAttempt(db: Database, attempt: SignInAttempt, email: string): Promise<number> {
  const { now, network } = attempt;
  const account = fingerprint(attempt.fingerprintKey, email);
  const since = new Date(now.getTime() - windowMinutes * 60_000);
  await db.delete(signInAttempts).where(lt(signInAttempts.at, since));
  const [written] = await db
    .insert(signInAttempts)
    .values({ account, network, at: now })
    .returning({ id: signInAttempts.id });
  if (!written) throw new DomainError("unavailable", "The sign-in could not be counted.");
  const tries = async (column: PgColumn, value: string) => {
    const [row] = await db
      .select({ tries: count() })
      .from(signInAttempts)
      .where(and(eq(column, value), gt(signInAttempts.at, since)));
    return row?.tries ?? Number.POSITIVE_INFINITY;
  };
  if (
    (await tries(signInAttempts.account, account)) > failuresMaxPerAccount ||
    (await tries(signInAttempts.network, network)) > failuresMaxPerNetwork
  ) {
    await db.delete(signInAttempts).where(eq(signInAttempts.id, written.id));
    throw new DomainError("too_many", "Too many failed sign-ins. Try again later.", {
      retryAfterSeconds: windowMinutes * 60,
    });
  }
  return written.id;
}

/** Signing in with a password, throttled per account and per network (spec 3). */
import { count, eq, lt, or, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { admins, signInAttempts } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import { fingerprint } from "../../../lib/secrets/derived-keys.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { type Admin, normalizeEmail } from "./find.ts";
import { verifyPassword } from "./passwords.ts";

const windowMinutes = 15;
const failuresMaxPerAccount = 10;
const failuresMaxPerNetwork = 50;

/** One try to sign in. */
export interface SignInAttempt {
  readonly email: string;
  readonly password: Secret;
  /** Set for somebody who is signed in: strangers who know the e-mail cannot use up these tries. */
  readonly sessionId?: number;
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

/**
 * Writes the try down before it is judged. Tries of one account wait for each other here, so that many
 * at once cannot all slip under the limit.
 */
async function countAttempt(db: Database, attempt: SignInAttempt, email: string): Promise<number> {
  const { now, network } = attempt;
  const counted = attempt.sessionId === undefined ? email : `session ${attempt.sessionId}`;
  const account = fingerprint(attempt.fingerprintKey, counted);
  const since = new Date(now.getTime() - windowMinutes * 60_000);
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`account ${account}`}))`);
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`network ${network}`}))`);
    await tx.delete(signInAttempts).where(lt(signInAttempts.at, since));
    const [counted] = await tx
      .select({
        ofAccount: count(sql`case when ${signInAttempts.account} = ${account} then 1 end`),
        ofNetwork: count(sql`case when ${signInAttempts.network} = ${network} then 1 end`),
      })
      .from(signInAttempts)
      .where(or(eq(signInAttempts.account, account), eq(signInAttempts.network, network)));
    if (
      counted === undefined ||
      counted.ofAccount >= failuresMaxPerAccount ||
      counted.ofNetwork >= failuresMaxPerNetwork
    ) {
      throw new DomainError("too_many", "Too many failed sign-ins. Try again later.", {
        retryAfterSeconds: windowMinutes * 60,
      });
    }
    const [written] = await tx
      .insert(signInAttempts)
      .values({ account, network, at: now })
      .returning({ id: signInAttempts.id });
    if (!written) throw new DomainError("unavailable", "The sign-in could not be counted.");
    return written.id;
  });
}

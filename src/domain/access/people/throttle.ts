/** Counts failed sign-ins, so that nobody can guess passwords and no stranger can lock anybody out. */
import { and, eq, gt, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { signInAttempts } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import { fingerprint } from "../../../lib/secrets/derived-keys.ts";

/** How far back failures count; also how long a caller who had too many is told to wait. */
export const throttleMinutes = 15;
const failuresMaxPerAccount = 10;
const failuresMaxPerNetwork = 50;

/** Who tries to sign in to an account. */
export interface Caller {
  /** Lower case. There may be no such account. */
  readonly email: string;
  /** The caller's network (/32 or /64), or a constant when its address is unknown. */
  readonly network: string;
  /** A session, or a browser that has signed in to this account before. It has its own count, away from strangers'. */
  readonly known: string | undefined;
  /** Keys the fingerprint under which tries are counted: the e-mail itself is not stored. */
  readonly fingerprintKey: Uint8Array;
}

/** A try that was counted, to be uncounted when it succeeds; or one too many. */
type CountedAttempt =
  | { readonly isAllowed: true; readonly id: number }
  /** `isFirst`: the first one refused in 15 minutes under the limit that was exceeded. */
  | { readonly isAllowed: false; readonly isFirst: boolean };

/**
 * Counts a try as failed before its password is checked. It is one too many after 10 failures for this account
 * from this network, or after 50 from this network, in 15 minutes; for known callers after 10 of this one, or 50 of
 * all that are known to the account. Simultaneous tries wait for each other here, so that they cannot all slip
 * under the limit.
 */
export async function countAttempt(db: Database, caller: Caller, now: Date): Promise<CountedAttempt> {
  const { fingerprintKey, email, known } = caller;
  const network = known === undefined ? caller.network : fingerprint(fingerprintKey, `known to ${email}`);
  const account = fingerprint(fingerprintKey, `${known ?? network} ${email}`);
  const since = new Date(now.getTime() - throttleMinutes * 60_000);
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`network ${network}`}))`);
    const isRecent = gt(signInAttempts.at, since);
    const ofNetwork = await tx.$count(signInAttempts, and(eq(signInAttempts.network, network), isRecent));
    const ofAccount = await tx.$count(signInAttempts, and(eq(signInAttempts.account, account), isRecent));
    const isNetworkTooMuch = ofNetwork >= failuresMaxPerNetwork;
    if (isNetworkTooMuch || ofAccount >= failuresMaxPerAccount) {
      // A row that counts for no account and no network marks the limit as exceeded.
      const mark = `exceeded ${isNetworkTooMuch ? network : account}`;
      const isFirst = (await tx.$count(signInAttempts, and(eq(signInAttempts.account, mark), isRecent))) === 0;
      if (isFirst) await tx.insert(signInAttempts).values({ account: mark, network: mark, at: now });
      return { isAllowed: false, isFirst };
    }
    const values = { account, network, at: now };
    const [written] = await tx.insert(signInAttempts).values(values).returning({ id: signInAttempts.id });
    if (!written) throw new DomainError("unavailable", "The sign-in could not be counted.");
    return { isAllowed: true, id: written.id };
  });
}

/** Uncounts a try: its password was right. */
export async function forgetAttempt(db: Database, id: number): Promise<void> {
  await db.delete(signInAttempts).where(eq(signInAttempts.id, id));
}

/**
 * Counts a failure that is to be audited. Answers how many of this account there were in this quarter of an hour, from
 * everywhere. `account` is undefined for all accounts that don't exist together.
 */
export async function countFailure(
  db: Database,
  { account, fingerprintKey, now }: { account: string | undefined; fingerprintKey: Uint8Array; now: Date },
): Promise<number> {
  const quarter = Math.floor(now.getTime() / (throttleMinutes * 60_000));
  const mark = `failures ${quarter} ${fingerprint(fingerprintKey, account ?? "unknown")}`;
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${mark}))`);
    await tx.insert(signInAttempts).values({ account: mark, network: mark, at: now });
    return tx.$count(signInAttempts, eq(signInAttempts.account, mark));
  });
}

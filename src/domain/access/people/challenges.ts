/**
 * What the server asked a browser and must remember until the answer: a sign-on under way, a passkey, a second
 * factor. A challenge belongs to the browser that has its token in a cookie, expires soon, and is taken once.
 */
import { and, eq, gt } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { challenges } from "../../../db/schema.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { createToken, digestToken } from "./sessions.ts";

/** What was asked. */
type ChallengePurpose = (typeof challenges.$inferSelect)["purpose"];

/** What is remembered. */
interface Challenge {
  /** Who must answer; null where the answer says who it is. */
  readonly personId: number | null;
  /** As it was given to `createChallenge`, through JSON. */
  readonly details: unknown;
}

/** A challenge as a browser shows it. */
interface ShownChallenge {
  readonly purpose: ChallengePurpose;
  readonly token: Secret | undefined;
  readonly now: Date;
}

/** Remembers a challenge; the answer is its token (a new one unless given), for the browser's cookie. */
export async function createChallenge(
  db: Database,
  input: Challenge & { purpose: ChallengePurpose; token?: Secret; minutes: number; now: Date },
): Promise<Secret> {
  const { purpose, personId, details, token = createToken(), minutes, now } = input;
  await db.insert(challenges).values({
    tokenDigest: digestToken(token),
    purpose,
    adminId: personId,
    details,
    createdAt: now,
    expiresAt: new Date(now.getTime() + minutes * 60_000),
  });
  return token;
}

/** The challenge of a token, if it has not expired and was not taken. */
export async function findChallenge(db: Database, shown: ShownChallenge): Promise<Challenge | undefined> {
  if (shown.token === undefined) return undefined;
  const [found] = await db.select(columns).from(challenges).where(isShown(shown, shown.token));
  return found;
}

/** Takes a challenge, as `findChallenge` finds it. Of several requests that take it at once, one gets it. */
export async function takeChallenge(db: Database, shown: ShownChallenge): Promise<Challenge | undefined> {
  if (shown.token === undefined) return undefined;
  const [taken] = await db.delete(challenges).where(isShown(shown, shown.token)).returning(columns);
  return taken;
}

/** Forgets everything that a person was asked and has not answered. */
export async function forgetChallenges(db: Database, personId: number): Promise<void> {
  await db.delete(challenges).where(eq(challenges.adminId, personId));
}

const columns = { personId: challenges.adminId, details: challenges.details };

function isShown({ purpose, now }: ShownChallenge, token: Secret) {
  return and(
    eq(challenges.tokenDigest, digestToken(token)),
    eq(challenges.purpose, purpose),
    gt(challenges.expiresAt, now),
  );
}

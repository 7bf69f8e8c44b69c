/** Sessions: opaque tokens in a cookie, of which the database has only a digest. */
import { randomBytes } from "node:crypto";
import { and, desc, eq, gt, isNull, lte, type SQL } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { adminRoles, admins, programs, sessions } from "../../../db/schema.ts";
import { findWriteProblem } from "../../../db/writes/problems.ts";
import { DomainError } from "../../../lib/errors.ts";
import { Secret } from "../../../lib/secrets/secret.ts";
import { type Person, personColumns } from "./find.ts";
import type { HeldRole } from "./roles.ts";

/** How long a session lasts. */
export interface SessionPolicy {
  readonly idleMinutes: number;
  readonly absoluteHours: number;
  /** A sensitive action asks for the password again if it was last given longer ago. */
  readonly reauthenticateMinutes: number;
}

/** How a person signed in. */
export type SignInMethod = (typeof sessions.$inferSelect)["method"];

/** A signed-in browser. */
export interface Session {
  readonly id: number;
  readonly person: Person;
  /** What the person has been given, read with the session: a change counts from the next request. */
  readonly roles: readonly HeldRole[];
  readonly method: SignInMethod;
  /** When the password, or what the person signs in with, was last given. */
  readonly authenticatedAt: Date;
  /** When a second factor was last shown; null where none was needed. */
  readonly secondFactorAt: Date | null;
  /** When it ends unless something is asked for before. */
  readonly endsAt: Date;
  /** When it ends whatever is asked for. */
  readonly expiresAt: Date;
}

/** `last_seen_at` is written at most this often: a page view is not a write. */
const lastSeenPrecisionMs = 60_000;

/** So far apart the clocks of two servers may be. */
const clockDifferenceMaxMs = 60_000;

/** The digest that is stored for a token. 256 random bits need no salt and no slow hash. */
export function digestToken(token: Secret): string {
  return new Bun.CryptoHasher("sha256").update(token.reveal()).digest("base64url");
}

/** A new unguessable token: 256 random bits. */
export function createToken(): Secret {
  return new Secret(randomBytes(32).toString("base64url"));
}

/** Starts a session with a new token, which is the answer. */
export async function startSession(
  db: Database,
  input: {
    adminId: number;
    method: SignInMethod;
    /** When a second factor was shown, or something that is one. */
    secondFactorAt?: Date | null;
    /** When the person showed who they are: now, unless it goes on from an earlier session. */
    authenticatedAt?: Date;
    address: string | null;
    userAgent: string | null;
    policy: SessionPolicy;
    now: Date;
  },
): Promise<Secret> {
  const token = createToken();
  const { adminId, method, secondFactorAt = null, address, userAgent, policy, now, authenticatedAt = now } = input;
  await db.insert(sessions).values({
    ...{ adminId, method, secondFactorAt, authenticatedAt, address },
    tokenDigest: digestToken(token),
    createdAt: now,
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + policy.absoluteHours * 3_600_000),
    userAgent: userAgent?.slice(0, 200) ?? null,
  });
  return token;
}

/**
 * Finds the session of a token that is neither idle for too long nor too old, and marks it as seen unless
 * `isLook`. A disabled person has none.
 */
export async function findSession(
  db: Database,
  input: { token: Secret; policy: SessionPolicy; isLook?: boolean; now: Date },
): Promise<Session | undefined> {
  const { now, policy, isLook = false } = input;
  const program = { id: programs.id, slug: programs.slug };
  const rows = await db
    .select({ session: sessions, person: personColumns, role: adminRoles.role, program })
    .from(sessions)
    .innerJoin(admins, and(eq(admins.id, sessions.adminId), isNull(admins.disabledAt)))
    .leftJoin(adminRoles, eq(adminRoles.adminId, admins.id))
    .leftJoin(programs, eq(programs.id, adminRoles.programId))
    .where(and(eq(sessions.tokenDigest, digestToken(input.token)), isActiveSession(input)));
  const [row] = rows;
  if (!row) return undefined;
  const { person } = row;
  const { id, method, authenticatedAt, secondFactorAt, lastSeenAt, expiresAt } = row.session;
  // Also when it is in the future, which another server's clock has written: otherwise it would be idle too late.
  const isSeen = !isLook && Math.abs(now.getTime() - lastSeenAt.getTime()) > lastSeenPrecisionMs;
  if (isSeen) await markSeen(db, id, now);
  const roles = rows.flatMap(({ role, program: of }) => (role === null ? [] : { role, program: of }));
  const idleEndMs = (isSeen ? now : lastSeenAt).getTime() + policy.idleMinutes * 60_000;
  const endsAt = new Date(Math.min(idleEndMs, expiresAt.getTime()));
  return { id, person, roles, method, authenticatedAt, secondFactorAt, endsAt, expiresAt };
}

/** Whose session a token is or was, while the session is stored: it may have ended. A disabled person has none. */
export async function findOwner(db: Database, token: Secret): Promise<{ personId: number } | undefined> {
  const [found] = await db
    .select({ personId: admins.id })
    .from(sessions)
    .innerJoin(admins, and(eq(admins.id, sessions.adminId), isNull(admins.disabledAt)))
    .where(eq(sessions.tokenDigest, digestToken(token)));
  return found;
}

/** Pages still work when the database cannot store anything; the session then ends sooner. */
async function markSeen(db: Database, sessionId: number, lastSeenAt: Date): Promise<void> {
  try {
    await db.update(sessions).set({ lastSeenAt }).where(eq(sessions.id, sessionId));
  } catch (error) {
    if (findWriteProblem(error) === undefined) throw error;
  }
}

/** A signed-in browser, as its person and admins see it. */
export interface ListedSession {
  readonly id: number;
  readonly startedAt: Date;
  /** To the minute. */
  readonly lastSeenAt: Date;
  /** Where it signed in from. */
  readonly address: string | null;
  /** The browser's `User-Agent`. */
  readonly userAgent: string | null;
}

/** The active sessions of a person, newest first. */
export function listSessionsOf(
  db: Database,
  { personId, ...moment }: { personId: number; policy: SessionPolicy; now: Date },
): Promise<ListedSession[]> {
  const { id, createdAt: startedAt, lastSeenAt, address, userAgent } = sessions;
  return db
    .select({ id, startedAt, lastSeenAt, address, userAgent })
    .from(sessions)
    .where(and(eq(sessions.adminId, personId), isActiveSession(moment)))
    .orderBy(desc(id));
}

/** The condition for sessions that are neither idle for too long nor too old. */
export function isActiveSession({ policy, now }: { policy: SessionPolicy; now: Date }): SQL | undefined {
  const idleSince = new Date(now.getTime() - policy.idleMinutes * 60_000);
  // One that expires later was started by a server whose clock was ahead, or under another policy.
  const latest = new Date(now.getTime() + policy.absoluteHours * 3_600_000 + clockDifferenceMaxMs);
  return and(gt(sessions.expiresAt, now), lte(sessions.expiresAt, latest), gt(sessions.lastSeenAt, idleSince));
}

/**
 * Keeps a session until the transaction ends. Throws `conflict` when it has ended since the request began, such as by a
 * reset of the second factor: what was asked in it is not done any more.
 */
export async function holdSession(tx: Database, { id }: { id: number }): Promise<void> {
  const [held] = await tx.select({ id: sessions.id }).from(sessions).where(eq(sessions.id, id)).for("no key update");
  if (held === undefined) throw new DomainError("conflict", "Your session has ended. Sign in again.");
}

/** Ends a session, if it has not ended yet. */
export async function endSession(db: Database, session: { id: number }): Promise<void> {
  await db.delete(sessions).where(eq(sessions.id, session.id));
}

/** Whether the password must be given again before a sensitive action. */
export function needsReauthentication(session: Session, input: { policy: SessionPolicy; now: Date }): boolean {
  // Also when it is in the future, which another server's clock has written.
  const ageMs = Math.abs(input.now.getTime() - session.authenticatedAt.getTime());
  return ageMs > input.policy.reauthenticateMinutes * 60_000;
}

/**
 * Whether somebody who gave only a password has to set up a second factor before anything else opens. Who has one
 * shows it before there is a session.
 */
export function mustSetUpSecondFactor(
  { method, secondFactorAt }: Session,
  input: { requiresSecondFactor: boolean },
): boolean {
  return input.requiresSecondFactor && method === "password" && secondFactorAt === null;
}

/**
 * Records that the person showed just now who they are, and `secondFactorAt` when that included a second factor.
 * Returns the session's new token; the old one is void.
 */
export async function renewSession(
  db: Database,
  input: { session: Session; secondFactorAt?: Date; now: Date },
): Promise<Secret> {
  const token = createToken();
  const { secondFactorAt = input.session.secondFactorAt } = input;
  await db
    .update(sessions)
    .set({ authenticatedAt: input.now, secondFactorAt, tokenDigest: digestToken(token) })
    .where(eq(sessions.id, input.session.id));
  return token;
}

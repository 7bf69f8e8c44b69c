/** Signing in with a password and signing out. Both leave a line in the audit trail, and so does every failure. */
import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { createGate } from "../../../db/reads/gate.ts";
import { admins } from "../../../db/schema.ts";
import { type Fingerprint, fingerprint } from "../../../lib/secrets/derived-keys.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { recordAuditEvent } from "../audit/record.ts";
import { createChallenge } from "./challenges.ts";
import { hasSecondFactor, listSecondFactors } from "./factors/list.ts";
import { lockPerson, normalizeEmail, type Person } from "./find.ts";
import { verifyPassword } from "./passwords.ts";
import { endSession, type Session, type SessionPolicy, type SignInMethod, startSession } from "./sessions.ts";
import { countAttempt, countFailure, forgetAttempt } from "./throttle.ts";

/** One try to sign in, or to confirm who is signed in. */
interface SignInAttempt {
  readonly email: string;
  readonly password: Secret;
  /** Set when somebody who is signed in gives the password again. */
  readonly session?: Session;
  /** Identifies a browser that has signed in to this account before. */
  readonly device: string | undefined;
  /** The caller's network (/32 or /64), or a constant when its address is unknown. */
  readonly network: string;
  /** The block around it (/24 or /48): blocks take turns. */
  readonly block: string;
  /** Canonical address of the caller, for the audit trail. */
  readonly address: string | null;
  readonly fingerprintKey: Uint8Array;
  readonly now: Date;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
}

/** Why a password was not accepted. Only the log and the audit trail say it. */
export type SignInProblem = "wrong_password" | "unknown_account" | "disabled_account" | "too_many_failures";

/** Whose password was right, and its hash then: the sign-in that follows ends when another is set meanwhile. */
export interface CheckedPassword {
  readonly person: Person;
  readonly passwordHash: string | null;
}

/** The person whose password it was; otherwise why not, and whose account was meant. */
type SignInResult =
  | (CheckedPassword & { readonly problem?: never })
  | {
      readonly person?: never;
      readonly problem: SignInProblem;
      /** The person with this e-mail; undefined when there is none. */
      readonly account: Person | undefined;
      /** Represents the e-mail as it was typed, which may be a password in the wrong field. */
      readonly fingerprint: Fingerprint;
    };

/** Represents an e-mail address as somebody typed it, in any case and with blanks around it. */
export function fingerprintEmail(key: Uint8Array, email: string): Fingerprint {
  return fingerprint(key, normalizeEmail(email));
}

/**
 * To check a password keeps a processor busy for a fifth of a second. However many strangers try at once, from however
 * many networks, one is left for pages, and for browsers that have signed in before.
 */
const line = { runningMax: 1, waitingMax: 100, patienceMs: 10_000 };
const [ofStrangers, ofKnown] = [createGate(line), createGate(line)];

/**
 * Checks an e-mail address and a password. An unknown account takes the same work as a wrong password. After
 * 10 failures from a network, a known browser or a session, or 50 from a network, in 15 minutes, a right
 * password is refused too. Failures are audited; of those that are one too many, the first in 15 minutes. Of
 * an account, and of all unknown ones, that is 10 in a quarter of an hour, then the 100th, the 1,000th and so on.
 * Throws `unavailable`, and counts nothing, when too many wait.
 */
export function authenticatePerson(db: Database, attempt: SignInAttempt): Promise<SignInResult> {
  const { session, device, block, signal } = attempt;
  const isKnown = session !== undefined || device !== undefined;
  const visit = { apiKeyId: Bun.hash.crc32(block), signal };
  return (isKnown ? ofKnown : ofStrangers).run(() => authenticate(db, attempt), visit);
}

async function authenticate(db: Database, attempt: SignInAttempt): Promise<SignInResult> {
  const email = normalizeEmail(attempt.email);
  const { fingerprintKey, session, device } = attempt;
  const known = session ? `session ${session.id}` : device && `device ${device}`;
  const [row] = await db.select().from(admins).where(eq(admins.email, email));
  const account = row && { id: row.id, email: row.email, createdAt: row.createdAt };
  const caller = { email, network: attempt.network, known, fingerprintKey };
  const counted = await countAttempt(db, caller, attempt.now);
  const refuse = async (problem: SignInProblem, isAudited: boolean): Promise<SignInResult> => {
    const refusal = { problem, account, fingerprint: fingerprintEmail(fingerprintKey, email) };
    if (isAudited) await recordFailure(db, attempt, refusal);
    return refusal;
  };
  if (!counted.isAllowed) return refuse("too_many_failures", counted.isFirst);
  const isRight = await verifyPassword(attempt.password, row?.passwordHash ?? undefined);
  if (account === undefined) return refuse("unknown_account", true);
  if (!isRight) return refuse("wrong_password", true);
  if (row?.disabledAt) return refuse("disabled_account", true);
  await forgetAttempt(db, counted.id);
  return { person: account, passwordHash: row?.passwordHash ?? null };
}

/** More failures of one account in a quarter of an hour are audited by their number: nobody fills the trail for good. */
const auditedOneByOneMax = 10;

/** Writes an audit event about somebody who could not sign in, or (`session`) confirm who is signed in. */
export async function recordFailure(
  db: Database,
  { session, address, fingerprintKey, now }: Pick<SignInAttempt, "session" | "address" | "fingerprintKey" | "now">,
  failure: { problem: Lowercase<string>; account: Person | undefined; fingerprint: Fingerprint },
): Promise<void> {
  const { problem, account } = failure;
  const failures = await countFailure(db, { account: account?.email, fingerprintKey, now });
  if (failures > auditedOneByOneMax && !/^10+$/.test(String(failures))) return;
  const actor = { name: account?.email ?? `unknown account ${failure.fingerprint}`, address };
  await recordAuditEvent(db, { actor, now }, session ? "admin.password_refused" : "admin.sign_in_failed", {
    reason: problem.replaceAll("_", " "),
    ...(failures > auditedOneByOneMax && { failuresInQuarterOfAnHour: failures }),
  });
}

/** Has a person who gave the password show a second factor: the challenge's token, or undefined as for `signIn`. */
export function askSecondFactor(
  db: Database,
  input: { person: Person; passwordHash?: string | null; details: unknown; minutes: number; now: Date },
): Promise<Secret | undefined> {
  const { person, passwordHash, ...challenge } = input;
  return db.transaction(async (tx) => {
    const { passwordHash: current } = await lockPerson(tx, { id: person.id });
    if (passwordHash !== undefined && passwordHash !== current) return undefined;
    return createChallenge(tx, { purpose: "second_factor", personId: person.id, ...challenge });
  });
}

/**
 * Signs a person in with a new token, which is the answer. The session that the browser came with ends. Undefined when
 * the person is disabled, has a second factor that they have not shown, or has another password than they gave, also
 * when that happens meanwhile.
 */
export async function signIn(
  db: Database,
  input: {
    person: Person;
    passwordHash?: string | null;
    method: SignInMethod;
    /** When a second factor was shown, or something that is one. */
    secondFactorAt?: Date | null;
    replaced: Session | undefined;
    address: string | null;
    userAgent: string | null;
    policy: SessionPolicy;
    now: Date;
  },
): Promise<Secret | undefined> {
  const { person, passwordHash, method, replaced, address, now } = input;
  const isSame = passwordHash ? eq(admins.passwordHash, passwordHash) : undefined;
  return db.transaction(async (tx) => {
    if (method === "password" && !input.secondFactorAt && hasSecondFactor(await listSecondFactors(tx, person.id))) {
      return undefined;
    }
    const [active] = await tx
      .update(admins)
      .set({ lastSignedInAt: now })
      .where(and(eq(admins.id, person.id), isNull(admins.disabledAt), isSame))
      .returning({ id: admins.id });
    if (!active) return undefined;
    if (replaced) await endSession(tx, replaced);
    const token = await startSession(tx, { adminId: person.id, ...input });
    await recordAuditEvent(tx, { actor: { name: person.email, address }, now }, "admin.signed_in", { method });
    return token;
  });
}

/** Signs out: ends the session for good. */
export async function signOut(
  db: Database,
  { session, address, now }: { session: Session; address: string | null; now: Date },
): Promise<void> {
  const actor = { name: session.person.email, address };
  await db.transaction(async (tx) => {
    await endSession(tx, session);
    await recordAuditEvent(tx, { actor, now }, "admin.signed_out");
  });
}

/** Adds and removes second factors, one change of a person after the other. */
import { and, eq, ne } from "drizzle-orm";
import type { Database } from "../../../../db/client.ts";
import { sessions } from "../../../../db/schema.ts";
import { DomainError } from "../../../../lib/errors.ts";
import type { Secret } from "../../../../lib/secrets/secret.ts";
import { type Actor, type AuditedEvent, recordAuditEvent } from "../../audit/record.ts";
import { forgetChallenges } from "../challenges.ts";
import { lockPerson } from "../find.ts";
import { holdSession, renewSession, type Session } from "../sessions.ts";
import { hasSecondFactor, listSecondFactors } from "./list.ts";
import { replaceRecoveryCodes } from "./recovery-codes.ts";
import { removeSecondFactors } from "./reset.ts";

/** Who changes what. */
export interface FactorChange {
  readonly session: Session;
  readonly actor: Actor;
  readonly now: Date;
}

/** What comes of a new factor. */
export interface AddedFactor {
  /** The new token of the session, which has shown its second factor now. */
  readonly token: Secret;
  /** With a person's first factor, the codes for when it is lost: shown once. */
  readonly recoveryCodes: readonly Secret[] | undefined;
}

/**
 * Adds a factor with `insert`, which may throw to refuse. With the first one come recovery codes, and every other
 * session of the person ends: those gave only a password.
 */
export function addFactor(
  db: Database,
  { session, actor, now }: FactorChange,
  insert: (tx: Database) => Promise<AuditedEvent>,
): Promise<AddedFactor> {
  const { id: personId } = session.person;
  return db.transaction(async (tx) => {
    const before = await lockFactors(tx, session);
    await recordAuditEvent(tx, { actor, now }, ...(await insert(tx)));
    const token = await renewSession(tx, { session, secondFactorAt: now, now });
    if (hasSecondFactor(before)) return { token, recoveryCodes: undefined };
    await tx.delete(sessions).where(and(eq(sessions.adminId, personId), ne(sessions.id, session.id)));
    await forgetChallenges(tx, personId);
    return { token, recoveryCodes: await replaceRecoveryCodes(tx, { personId, actor, now }) };
  });
}

/**
 * Removes a factor with `remove`, which gives undefined when it is gone already (`not_found`). The last one takes the
 * recovery codes with it; throws `conflict` instead where a second factor is required.
 */
export async function removeFactor(
  db: Database,
  { session, requiresSecondFactor, actor, now }: FactorChange & { requiresSecondFactor: boolean },
  remove: (tx: Database) => Promise<AuditedEvent | undefined>,
): Promise<void> {
  const { id: personId } = session.person;
  await db.transaction(async (tx) => {
    await lockFactors(tx, session);
    const event = await remove(tx);
    if (event === undefined) throw new DomainError("not_found", "This was already removed.");
    if (!hasSecondFactor(await listSecondFactors(tx, personId))) {
      if (requiresSecondFactor) {
        throw new DomainError("conflict", "You need at least one. Add another passkey or an authenticator app first.");
      }
      await removeSecondFactors(tx, personId);
    }
    await recordAuditEvent(tx, { actor, now }, ...event);
  });
}

/** Ten new recovery codes in place of the old ones. Throws `conflict` for somebody without a second factor. */
export function renewRecoveryCodes(db: Database, { session, actor, now }: FactorChange): Promise<readonly Secret[]> {
  const { id: personId } = session.person;
  return db.transaction(async (tx) => {
    if (!hasSecondFactor(await lockFactors(tx, session))) {
      throw new DomainError("conflict", "Set up a passkey or an authenticator app first.");
    }
    return replaceRecoveryCodes(tx, { personId, actor, now });
  });
}

/** The factors of a person, which nobody else changes until the transaction ends. Throws as `holdSession` does. */
async function lockFactors(tx: Database, session: Session) {
  const { id } = await lockPerson(tx, { id: session.person.id });
  await holdSession(tx, session);
  return listSecondFactors(tx, id);
}

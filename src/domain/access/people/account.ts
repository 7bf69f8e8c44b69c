/** Your own account: the password, and the browsers that are signed in. */
import { and, eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { sessions } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { type Actor, recordAuditEvent } from "../audit/record.ts";
import { endSessions } from "./end-sessions.ts";
import { lockPerson } from "./find.ts";
import {
  holdSession,
  type ListedSession,
  listSessionsOf,
  type Session,
  type SessionPolicy,
  startSession,
} from "./sessions.ts";
import { setPassword } from "./set-password.ts";

/** One of your own browsers. */
export interface OwnSession extends ListedSession {
  /** Whether the request came from it. */
  readonly isCurrent: boolean;
}

/** The active sessions of the person, newest first. */
export async function listOwnSessions(
  db: Database,
  { session, policy, now }: { session: Session; policy: SessionPolicy; now: Date },
): Promise<OwnSession[]> {
  const rows = await listSessionsOf(db, { personId: session.person.id, policy, now });
  return rows.map((row) => ({ ...row, isCurrent: row.id === session.id }));
}

/** Ends one session of the same person. Throws `not_found` for any other. */
export async function endOwnSession(
  db: Database,
  input: { id: number; session: Session; actor: Actor; now: Date },
): Promise<void> {
  const { id, session } = input;
  await db.transaction(async (tx) => {
    const [ended] = await tx
      .delete(sessions)
      .where(and(eq(sessions.id, id), eq(sessions.adminId, session.person.id)))
      .returning({ startedAt: sessions.createdAt, address: sessions.address });
    if (!ended) throw new DomainError("not_found", "This session has already ended.");
    const details = { startedAt: ended.startedAt.toISOString(), startedFrom: ended.address };
    await recordAuditEvent(tx, input, "admin.session_ended", details);
  });
}

/** Ends all sessions of a person, including this one. */
export async function signOutEverywhere(
  db: Database,
  input: { session: Session; actor: Actor; now: Date },
): Promise<void> {
  await db.transaction(async (tx) => {
    const ended = await endSessions(tx, input.session.person.id);
    await recordAuditEvent(tx, input, "admin.signed_out_everywhere", { sessions: ended });
  });
}

/**
 * Changes your own password. Ends every session; the answer is the token of a new one for this browser, no fresher than
 * the old: the old password alone does not confirm who has a second factor. Throws `invalid` by field (`password`), and
 * `conflict` when the session has ended meanwhile. The caller must have checked the old password.
 */
export async function changeOwnPassword(
  db: Database,
  input: {
    session: Session;
    password: Secret;
    userAgent: string | null;
    policy: SessionPolicy;
    actor: Actor;
    now: Date;
  },
): Promise<Secret> {
  const { session, actor } = input;
  const { id: adminId, email } = session.person;
  return db.transaction(async (tx) => {
    await lockPerson(tx, { id: adminId });
    await holdSession(tx, session);
    await setPassword(tx, { ...input, email });
    return startSession(tx, { ...session, ...input, adminId, address: actor.address });
  });
}

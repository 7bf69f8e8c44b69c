/** What admins do with their own account: the password, and the browsers that are signed in (spec 3, "Account"). */
import { and, desc, eq, gt } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { sessions } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { type Actor, recordAuditEvent } from "../audit/record.ts";
import { setPassword } from "./admins.ts";
import { idleSince, type Session, type SessionPolicy, startSession } from "./sessions.ts";

/** A signed-in browser of an admin. */
export interface OwnSession {
  readonly id: number;
  readonly startedAt: Date;
  /** To the minute. */
  readonly lastSeenAt: Date;
  /** Where it signed in from. */
  readonly address: string | null;
  /** What the browser says of itself. */
  readonly userAgent: string | null;
  /** Whether it is the one that asks. */
  readonly isCurrent: boolean;
}

/** The sessions of the admin of a session that can still be used, the newest first. */
export async function listOwnSessions(
  db: Database,
  input: { session: Session; policy: SessionPolicy; now: Date },
): Promise<OwnSession[]> {
  const { session, policy, now } = input;
  const rows = await db
    .select({
      id: sessions.id,
      startedAt: sessions.createdAt,
      lastSeenAt: sessions.lastSeenAt,
      address: sessions.address,
      userAgent: sessions.userAgent,
    })
    .from(sessions)
    .where(
      and(
        eq(sessions.adminId, session.admin.id),
        gt(sessions.expiresAt, now),
        gt(sessions.lastSeenAt, idleSince(now, policy)),
      ),
    )
    .orderBy(desc(sessions.id));
  return rows.map((row) => ({ ...row, isCurrent: row.id === session.id }));
}

/** Ends one session of the same admin. Throws `not_found` for one of somebody else, or of nobody. */
export async function endOwnSession(
  db: Database,
  input: { id: number; session: Session; actor: Actor; now: Date },
): Promise<void> {
  const { id, session, actor, now } = input;
  await db.transaction(async (tx) => {
    const [ended] = await tx
      .delete(sessions)
      .where(and(eq(sessions.id, id), eq(sessions.adminId, session.admin.id)))
      .returning({ startedAt: sessions.createdAt, address: sessions.address });
    if (!ended) throw new DomainError("not_found", "This session has ended already.");
    await recordAuditEvent(tx, {
      at: now,
      actor,
      action: "admin.session_ended",
      details: { startedAt: ended.startedAt.toISOString(), startedFrom: ended.address },
    });
  });
}

/** Ends all sessions of an admin, the one that asks included. */
export async function signOutEverywhere(
  db: Database,
  input: { session: Session; actor: Actor; now: Date },
): Promise<void> {
  const { session, actor, now } = input;
  await db.transaction(async (tx) => {
    const ended = await tx
      .delete(sessions)
      .where(eq(sessions.adminId, session.admin.id))
      .returning({ id: sessions.id });
    await recordAuditEvent(tx, {
      at: now,
      actor,
      action: "admin.signed_out_everywhere",
      details: { sessions: ended.length },
    });
  });
}

/**
 * Sets an admin's own new password. Every session ends with the old one; the browser that asks gets a
 * new one, whose token is the answer. Throws `invalid` by field (`password`). Whoever calls this has
 * checked the old password.
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
  const { session, password, userAgent, policy, actor, now } = input;
  return db.transaction(async (tx) => {
    await setPassword(tx, { email: session.admin.email, password, actor, now });
    const { id: adminId } = session.admin;
    return startSession(tx, { adminId, address: actor.address, userAgent, policy, now });
  });
}

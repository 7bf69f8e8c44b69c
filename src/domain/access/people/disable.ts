/** Disables and enables people. Nobody is deleted: the audit trail names them. */
import { eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { admins } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import { recordAuditEvent } from "../audit/record.ts";
import { forgetChallenges } from "./challenges.ts";
import { endSessions } from "./end-sessions.ts";
import { lockPerson, type PersonRef } from "./find.ts";
import { endLinks } from "./links.ts";
import type { Permitted } from "./roles.ts";
import { requireAnotherAdmin } from "./set-roles.ts";

/**
 * Disables a person: in one transaction every session and open link ends, and the audit event is written. Keys they
 * made go on working. Throws `not_found`, and `conflict` when they are disabled already or are the last active admin.
 */
export async function disablePerson(
  db: Database,
  input: PersonRef & { actor: Permitted<"change people">; now: Date },
): Promise<{ email: string; sessionsEnded: number }> {
  return db.transaction(async (tx) => {
    const { id, email } = await lockPerson(tx, input);
    await requireAnotherAdmin(tx, id);
    await setDisabled(tx, input, input.now);
    const sessionsEnded = await endSessions(tx, id);
    await forgetChallenges(tx, id);
    await endLinks(tx, id);
    await recordAuditEvent(tx, input, "admin.disabled", { email, sessions: sessionsEnded });
    return { email, sessionsEnded };
  });
}

/** Lets a disabled person sign in again, with the roles they had. Throws `not_found`, and `conflict` when they are not disabled. */
export async function enablePerson(
  db: Database,
  input: PersonRef & { actor: Permitted<"change people">; now: Date },
): Promise<{ email: string }> {
  return db.transaction(async (tx) => {
    const { email } = await setDisabled(tx, input, null);
    await recordAuditEvent(tx, input, "admin.enabled", { email });
    return { email };
  });
}

async function setDisabled(
  tx: Database,
  ref: PersonRef,
  disabledAt: Date | null,
): Promise<{ id: number; email: string }> {
  const person = await lockPerson(tx, ref);
  if ((person.disabledAt === null) === (disabledAt === null)) {
    throw new DomainError("conflict", `${person.email} is ${disabledAt === null ? "not" : "already"} disabled.`);
  }
  await tx.update(admins).set({ disabledAt }).where(eq(admins.id, person.id));
  return person;
}

/** Ends a person's sessions. */
import { eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { sessions } from "../../../db/schema.ts";
import { recordAuditEvent } from "../audit/record.ts";
import { forgetChallenges } from "./challenges.ts";
import { lockPerson, type PersonRef } from "./find.ts";
import { endLinks } from "./links.ts";
import type { Permitted } from "./roles.ts";

/**
 * Ends every session of a person, sign-ins under way and open sign-in links, and writes the audit event, in one
 * transaction. Gives how many sessions. Throws `not_found`.
 */
export async function endSessionsOf(
  db: Database,
  input: PersonRef & { actor: Permitted<"change people">; now: Date },
): Promise<{ email: string; ended: number }> {
  return db.transaction(async (tx) => {
    const { id, email } = await lockPerson(tx, input);
    const ended = await endSessions(tx, id);
    await forgetChallenges(tx, id);
    await endLinks(tx, id, "sign_in");
    await recordAuditEvent(tx, input, "admin.sessions_ended", { email, sessions: ended });
    return { email, ended };
  });
}

/** Ends every session of a person. Gives how many. */
export async function endSessions(tx: Database, adminId: number): Promise<number> {
  const ended = await tx.delete(sessions).where(eq(sessions.adminId, adminId)).returning({ id: sessions.id });
  return ended.length;
}

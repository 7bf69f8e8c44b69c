/** Accepts an invitation: the person sets a password. */
import { eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { admins } from "../../../db/schema.ts";
import { invalidField } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { recordAuditEvent } from "../audit/record.ts";
import { lockPerson, type Person } from "./find.ts";
import { findLink, takeLink } from "./links.ts";
import { findPasswordProblem, hashPassword } from "./passwords.ts";

/**
 * Sets the password of the person whose link it is, and writes the audit event in the same transaction. Undefined for
 * a link that does not work; of two uses at once, one works. Throws `invalid` by field (`password`), after which the
 * link still works.
 */
export async function acceptInvitation(
  db: Database,
  { token, password, address, now }: { token: Secret; password: Secret; address: string | null; now: Date },
): Promise<Person | undefined> {
  const link = { token, purpose: "invitation", now } as const;
  const invited = await findLink(db, link);
  if (invited === undefined) return undefined;
  const { email } = invited;
  const problem = await findPasswordProblem(password, { email });
  if (problem !== undefined) throw invalidField("password", problem);
  const passwordHash = await hashPassword(password);
  return db.transaction(async (tx) => {
    await lockPerson(tx, { id: invited.id });
    const person = await takeLink(tx, link);
    if (person === undefined) return undefined;
    await tx.update(admins).set({ passwordHash }).where(eq(admins.id, person.id));
    await recordAuditEvent(tx, { actor: { name: email, address }, now }, "admin.invitation_accepted");
    return person;
  });
}

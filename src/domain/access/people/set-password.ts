/** Sets the password of a person. */
import { eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { admins, sessions } from "../../../db/schema.ts";
import { DomainError, invalidField } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { type Actor, recordAuditEvent } from "../audit/record.ts";
import { forgetChallenges } from "./challenges.ts";
import { normalizeEmail } from "./find.ts";
import { endLinks } from "./links.ts";
import { findPasswordProblem, hashPassword } from "./passwords.ts";

/** Sets a new password, and ends all sessions, sign-ins under way and open links of that person. Throws `not_found`, or `invalid` by field. */
export async function setPassword(
  db: Database,
  input: { email: string; password: Secret; actor: Actor; now: Date },
): Promise<void> {
  const email = normalizeEmail(input.email);
  const problem = await findPasswordProblem(input.password, { email });
  if (problem) throw invalidField("password", problem);
  const passwordHash = await hashPassword(input.password);
  await db.transaction(async (tx) => {
    const isTheirs = eq(admins.email, email);
    const [person] = await tx.update(admins).set({ passwordHash }).where(isTheirs).returning({ id: admins.id });
    if (!person) throw new DomainError("not_found", `No admin has the e-mail ${email}.`);
    await tx.delete(sessions).where(eq(sessions.adminId, person.id));
    await forgetChallenges(tx, person.id);
    await endLinks(tx, person.id);
    await recordAuditEvent(tx, input, "admin.password_set", { email });
  });
}

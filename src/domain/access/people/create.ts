/** Creates admins. */
import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { adminRoles, admins } from "../../../db/schema.ts";
import { DomainError, refuseInvalidFields } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { type Actor, recordAuditEvent } from "../audit/record.ts";
import { findEmailProblems, normalizeEmail, type Person, personColumns } from "./find.ts";
import { findPasswordProblem, hashPassword } from "./passwords.ts";

/**
 * Creates an admin. Throws `invalid` with problems by field (`email`, `password`), and `conflict` when the
 * e-mail is taken.
 */
export async function createAdmin(
  db: Database,
  input: { email: string; password: Secret; actor: Actor; now: Date },
): Promise<Person> {
  const email = normalizeEmail(input.email);
  const passwordProblem = await findPasswordProblem(input.password, { email });
  refuseInvalidFields({ email: findEmailProblems(email), password: passwordProblem ? [passwordProblem] : [] });
  const passwordHash = await hashPassword(input.password);
  return db.transaction(async (tx) => {
    const [person] = await tx
      .insert(admins)
      .values({ email, passwordHash, createdAt: input.now })
      .onConflictDoNothing()
      .returning(personColumns);
    if (!person) throw new DomainError("conflict", `An admin with the e-mail ${email} already exists.`);
    await tx.insert(adminRoles).values({ adminId: person.id, role: "admin", givenBy: "person" });
    await recordAuditEvent(tx, input, "admin.created", { email });
    return person;
  });
}

/** Locks the creation of the first admin until the transaction ends, so that there is only one. */
export async function lockFirstAdmin(db: Database): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtext('civikey first admin'))`);
}

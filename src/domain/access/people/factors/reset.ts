/** Takes a person's second factors away, for somebody who has lost them all. */
import { eq } from "drizzle-orm";
import type { Database } from "../../../../db/client.ts";
import { authenticatorApps, passkeys, recoveryCodes, sessions } from "../../../../db/schema.ts";
import { recordAuditEvent } from "../../audit/record.ts";
import { forgetChallenges } from "../challenges.ts";
import { lockPerson, type Person } from "../find.ts";
import type { Permitted } from "../roles.ts";

/**
 * Removes every passkey, the authenticator app and the recovery codes of a person, and ends their sessions and the
 * sign-ins under way. They set up a new factor the next time they sign in.
 */
export async function resetSecondFactor(
  db: Database,
  input: { person: Pick<Person, "id" | "email">; actor: Permitted<"change people">; now: Date },
): Promise<void> {
  const { id, email } = input.person;
  await db.transaction(async (tx) => {
    await lockPerson(tx, { id });
    await removeSecondFactors(tx, id);
    await tx.delete(sessions).where(eq(sessions.adminId, id));
    await forgetChallenges(tx, id);
    await recordAuditEvent(tx, input, "admin.second_factor_reset", { email });
  });
}

/** Removes everything but the password. */
export async function removeSecondFactors(db: Database, personId: number): Promise<void> {
  for (const table of [passkeys, authenticatorApps, recoveryCodes]) {
    await db.delete(table).where(eq(table.adminId, personId));
  }
}

/** Makes a link that signs a person in, for when nothing else works. */
import type { Database } from "../../../db/client.ts";
import { DomainError } from "../../../lib/errors.ts";
import { recordAuditEvent } from "../audit/record.ts";
import { lockPerson, type PersonRef } from "./find.ts";
import { createLink, type OneTimeLink } from "./links.ts";
import type { Permitted } from "./roles.ts";

/** Makes a link and writes the audit event in one transaction. Throws `not_found`, and `conflict` for a disabled person. */
export async function makeSignInLink(
  db: Database,
  input: PersonRef & { actor: Permitted<"change people">; now: Date },
): Promise<OneTimeLink & { email: string }> {
  return db.transaction(async (tx) => {
    const { id, email, disabledAt } = await lockPerson(tx, input);
    if (disabledAt !== null) throw new DomainError("conflict", `${email} is disabled. Enable them first.`);
    const link = await createLink(tx, { personId: id, purpose: "sign_in", now: input.now });
    await recordAuditEvent(tx, input, "admin.link_made", { email });
    return { email, ...link };
  });
}

/** Invites people by e-mail address and role: each sets their own password behind a one-time link. */
import { and, eq, gt } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { admins, oneTimeLinks } from "../../../db/schema.ts";
import { DomainError, refuseInvalidFields } from "../../../lib/errors.ts";
import { recordAuditEvent } from "../audit/record.ts";
import { type ChosenRoles, readChosenRoles } from "./chosen-roles.ts";
import { findEmailProblems, lockPerson, normalizeEmail, type Person, type PersonRef } from "./find.ts";
import { createLink, type OneTimeLink } from "./links.ts";
import type { Permitted } from "./roles.ts";
import { setRoles } from "./set-roles.ts";

/** Who was invited, and the link that accepts it. */
export interface Invitation extends OneTimeLink {
  readonly person: Person;
}

/**
 * Invites a person, or once more one whose invitation expired, and writes the audit event in the same transaction.
 * Throws `invalid` by field (`email`, `roles`, `programs`; without fields for an unknown program), and `conflict` for
 * everyone else who is here already.
 */
export async function invitePerson(
  db: Database,
  input: { email: string; chosen: ChosenRoles; actor: Permitted<"change people">; now: Date },
): Promise<Invitation> {
  const { chosen, actor, now } = input;
  const email = normalizeEmail(input.email);
  const { roles, problems } = readChosenRoles(chosen, { isRequired: true });
  refuseInvalidFields({ email: findEmailProblems(email), ...problems });
  return db.transaction(async (tx) => {
    await tx.insert(admins).values({ email, createdAt: now }).onConflictDoNothing();
    const person = await lockInvited(tx, { email });
    const { adminId, purpose, expiresAt } = oneTimeLinks;
    const isOpen = and(eq(adminId, person.id), eq(purpose, "invitation"), gt(expiresAt, now));
    if ((await tx.$count(oneTimeLinks, isOpen)) > 0) throw alreadyHere(`${email} was already invited.`);
    const invitation = await invite(tx, { person, actor, now });
    await setRoles(tx, { personId: person.id, roles, givenBy: "person", actor, now });
    return invitation;
  });
}

/**
 * Makes another link for a person who has not accepted yet; the earlier one stops working. Throws `not_found`, and
 * `conflict` when they have signed in, set a password or are disabled.
 */
export async function renewInvitation(
  db: Database,
  input: PersonRef & { actor: Permitted<"change people">; now: Date },
): Promise<Invitation> {
  return db.transaction(async (tx) => invite(tx, { ...input, person: await lockInvited(tx, input) }));
}

async function invite(
  tx: Database,
  { person, actor, now }: { person: Person; actor: Permitted<"change people">; now: Date },
): Promise<Invitation> {
  const link = await createLink(tx, { personId: person.id, purpose: "invitation", now });
  await recordAuditEvent(tx, { actor, now }, "admin.invited", { email: person.email });
  return { person, ...link };
}

async function lockInvited(tx: Database, ref: PersonRef): Promise<Person> {
  const { id, email, createdAt, passwordHash, lastSignedInAt, disabledAt } = await lockPerson(tx, ref);
  if (disabledAt !== null) throw alreadyHere(`${email} is disabled. Enable them instead.`);
  if (passwordHash !== null || lastSignedInAt !== null) throw alreadyHere(`${email} already has an account.`);
  return { id, email, createdAt };
}

function alreadyHere(message: string): DomainError {
  return new DomainError("conflict", message, { fields: { email: [message] } });
}

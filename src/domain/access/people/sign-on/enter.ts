/** Decides who may enter with a sign-on, joins people with who they are at the provider, and sets the roles of their groups. */
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../../../db/client.ts";
import { adminIdentities, adminRoles, admins } from "../../../../db/schema.ts";
import { DomainError } from "../../../../lib/errors.ts";
import { type Fingerprint, fingerprint } from "../../../../lib/secrets/derived-keys.ts";
import { recordAuditEvent } from "../../audit/record.ts";
import { normalizeEmail, type Person, personColumns } from "../find.ts";
import { setRoles } from "../set-roles.ts";
import { recordFailure } from "../sign-in.ts";
import type { SignOnIdentity, SignOnProvider } from "./provider.ts";

/** Why somebody whom the provider knows may not enter. */
export type SignOnProblem = "disabled_account" | "no_email" | "no_role" | "other_identity" | "unverified_email";

interface Entered {
  readonly person: Person;
  readonly problem?: never;
}

interface Refused {
  readonly person?: never;
  readonly problem: SignOnProblem;
  /** Whose account it is or would have been. */
  readonly account: Person | undefined;
}

/** Who enters; otherwise why not. The fingerprint represents who it is at the provider. */
type SignOnResult = Entered | (Refused & { readonly fingerprint: Fingerprint });

interface SignOn {
  readonly identity: SignOnIdentity;
  readonly groups: SignOnProvider["groups"];
  /** Canonical address of the caller, for the audit trail. */
  readonly address: string | null;
  readonly fingerprintKey: Uint8Array;
  readonly now: Date;
}

/**
 * Lets a person in who has a role, after the groups were given theirs. Issuer and subject say who it is. The first
 * time, that is the person with the same verified e-mail address, else somebody new if a group gives a role. Changes
 * and refusals are in the audit trail.
 */
export async function enter(db: Database, signOn: SignOn): Promise<SignOnResult> {
  return db.transaction(async (tx) => {
    // The first sign-ons of a person, in two windows, would otherwise both make one.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('civikey sign-on'))`);
    const result = await admit(tx, signOn);
    if (result.problem === undefined) return result;
    const { issuer, subject } = signOn.identity;
    const refusal = { ...result, fingerprint: fingerprint(signOn.fingerprintKey, `${issuer} ${subject}`) };
    await recordFailure(tx, signOn, refusal);
    return refusal;
  });
}

async function admit(tx: Database, signOn: SignOn): Promise<Entered | Refused> {
  const { identity, address, now } = signOn;
  const roles = listGroupRoles(signOn);
  const found = (await findJoined(tx, identity)) ?? (await join(tx, signOn, { mayBeNew: roles.length > 0 }));
  if (found.problem !== undefined) return found;
  const { person } = found;
  const actor = { name: "sign-on", address };
  await setRoles(tx, { personId: person.id, roles: roles.map((role) => ({ role })), givenBy: "group", actor, now });
  const held = await tx.$count(adminRoles, eq(adminRoles.adminId, person.id));
  return held > 0 ? { person } : { problem: "no_role", account: person };
}

function listGroupRoles({ identity, groups }: SignOn) {
  return (["admin", "auditor"] as const).filter((role) => {
    const group = groups[role];
    return group !== undefined && identity.groups.includes(group);
  });
}

const columns = { person: personColumns, disabledAt: admins.disabledAt };

async function findJoined(tx: Database, { issuer, subject }: SignOnIdentity): Promise<Entered | Refused | undefined> {
  const [found] = await tx
    .select(columns)
    .from(adminIdentities)
    .innerJoin(admins, eq(admins.id, adminIdentities.adminId))
    .where(and(eq(adminIdentities.issuer, issuer), eq(adminIdentities.subject, subject)));
  return found && orDisabled(found);
}

function orDisabled({ person, disabledAt }: { person: Person; disabledAt: Date | null }): Entered | Refused {
  return disabledAt === null ? { person } : { problem: "disabled_account", account: person };
}

/** Joins an identity that is new here with the person it belongs to. */
async function join(tx: Database, signOn: SignOn, { mayBeNew }: { mayBeNew: boolean }): Promise<Entered | Refused> {
  const { identity, address, now } = signOn;
  const { issuer, subject, isEmailVerified } = identity;
  if (identity.email === undefined) return { problem: "no_email", account: undefined };
  const email = normalizeEmail(identity.email);
  const [known] = await tx.select(columns).from(admins).where(eq(admins.email, email));
  if (known) {
    const { person: account } = known;
    if (known.disabledAt !== null) return orDisabled(known);
    if (!isEmailVerified) return { problem: "unverified_email", account };
    const ofIssuer = and(eq(adminIdentities.adminId, account.id), eq(adminIdentities.issuer, issuer));
    if ((await tx.$count(adminIdentities, ofIssuer)) > 0) return { problem: "other_identity", account };
  } else if (!mayBeNew) {
    return { problem: "no_role", account: undefined };
  }
  const person = known?.person ?? (await createPerson(tx, email, signOn));
  await tx.insert(adminIdentities).values({ adminId: person.id, issuer, subject, createdAt: now });
  const actor = { name: person.email, address };
  await recordAuditEvent(tx, { actor, now }, "admin.sign_on_joined", { issuer, subject });
  return { person };
}

async function createPerson(tx: Database, email: string, { address, now }: SignOn): Promise<Person> {
  const values = { email, createdAt: now };
  const [person] = await tx.insert(admins).values(values).onConflictDoNothing().returning(personColumns);
  // An invitation at the same moment.
  if (!person) throw new DomainError("conflict", "This person was added meanwhile. Sign in again.");
  await recordAuditEvent(tx, { actor: { name: "sign-on", address }, now }, "admin.created", { email });
  return person;
}

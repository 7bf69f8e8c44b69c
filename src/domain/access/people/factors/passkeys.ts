/**
 * Passkeys (WebAuthn): making one, showing one, removing one. The authenticator always checks who holds it (a
 * fingerprint, a PIN), so a passkey is a second factor, and enough by itself.
 */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../../../db/client.ts";
import { admins, passkeys } from "../../../../db/schema.ts";
import { invalidField } from "../../../../lib/errors.ts";
import { isMembers, tryParseJson } from "../../../../lib/json/unknown.ts";
import type { Secret } from "../../../../lib/secrets/secret.ts";
import { createChallenge, takeChallenge } from "../challenges.ts";
import { type Person, personColumns } from "../find.ts";
import { type AddedFactor, addFactor, type FactorChange, removeFactor } from "./change.ts";

/** Who asks for a passkey: the public URL. Passkeys belong to its host. */
interface RelyingParty {
  readonly origin: string;
  readonly host: string;
}

/** What a browser's script passes on to the authenticator, and the token of the challenge, for a cookie. */
export interface PasskeyRequest {
  /** JSON, as `PublicKeyCredential.parse…OptionsFromJSON` reads it. */
  readonly options: object;
  readonly token: Secret;
}

/** A browser's answer: the token of its cookie, and the passkey's JSON. */
interface PasskeyAnswer {
  readonly party: RelyingParty;
  readonly token: Secret | undefined;
  readonly text: string;
  readonly now: Date;
}

/** Why a passkey was not accepted. Only the log and the audit trail say it. */
export type PasskeyProblem = "unknown_passkey" | "wrong_passkey" | "disabled_account";

const answerMinutes = 5;
const nameLengthMax = 100;
/** EdDSA, ES256 and RS256 (COSE): what authenticators know, the same on every server. */
const algorithms = [-8, -7, -257];

/** The library is large, and needed only when somebody uses a passkey. */
const loadLibrary = () => import("@simplewebauthn/server");

/** The relying party of a public URL. */
export function relyingPartyOf(baseUrl: string): RelyingParty {
  return { origin: baseUrl, host: new URL(baseUrl).hostname };
}

/** Asks a person's browser to make a passkey that can also be used without a password. */
export async function requestNewPasskey(
  db: Database,
  { person, party, now }: { person: Person; party: RelyingParty; now: Date },
): Promise<PasskeyRequest> {
  const { generateRegistrationOptions } = await loadLibrary();
  const own = await db.select({ id: passkeys.credentialId }).from(passkeys).where(eq(passkeys.adminId, person.id));
  const options = await generateRegistrationOptions({
    rpName: "CiviKey",
    rpID: party.host,
    // What an authenticator knows a person by: no name, and the same for all of a person's passkeys.
    userID: new TextEncoder().encode(`civikey person ${person.id}`),
    userName: person.email,
    userDisplayName: person.email,
    excludeCredentials: own,
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: algorithms,
    timeout: answerMinutes * 60_000,
  });
  return { options, token: await remember(db, { personId: person.id, challenge: options.challenge, now }) };
}

/** Asks any browser for a passkey of this site. */
export async function requestPasskey(
  db: Database,
  { party, now }: { party: RelyingParty; now: Date },
): Promise<PasskeyRequest> {
  const { generateAuthenticationOptions } = await loadLibrary();
  const timeout = answerMinutes * 60_000;
  const options = await generateAuthenticationOptions({ rpID: party.host, userVerification: "required", timeout });
  return { options, token: await remember(db, { personId: null, challenge: options.challenge, now }) };
}

/** Adds the passkey that a browser has made. Throws `invalid` by field (`name`, `passkey`). */
export async function addPasskey(
  db: Database,
  input: FactorChange & { answer: PasskeyAnswer; name: string },
): Promise<AddedFactor> {
  const { session, answer, now } = input;
  const name = input.name.trim();
  if (name === "" || name.length > nameLengthMax) {
    throw invalidField("name", name === "" ? "Name cannot be blank." : "Name must have 100 characters or fewer.");
  }
  const { id: personId } = session.person;
  const challenge = await take(db, answer, personId);
  const made = challenge === undefined ? undefined : await verifyNew(answer, challenge);
  if (made === undefined) throw invalidField("passkey", "The passkey could not be checked. Try again.");
  return addFactor(db, input, async (tx) => {
    const added = await tx
      .insert(passkeys)
      .values({
        adminId: personId,
        credentialId: made.id,
        publicKey: Buffer.from(made.publicKey).toString("base64url"),
        signatures: made.counter,
        transports: made.transports ?? [],
        name,
        createdAt: now,
      })
      .onConflictDoNothing()
      .returning({ id: passkeys.id });
    if (added.length === 0) throw invalidField("passkey", "This passkey was already added.");
    return ["admin.passkey_added", { name }];
  });
}

/**
 * Finds the person whose passkey a browser has shown: it signed our challenge, which is used up, for our site. Otherwise
 * the problem, and whose passkey it claims to be.
 */
export async function checkPasskey(
  db: Database,
  answer: PasskeyAnswer,
): Promise<
  { person: Person; problem?: never } | { person?: never; problem: PasskeyProblem; account: Person | undefined }
> {
  const challenge = await take(db, answer, null);
  const response = parseAnswer<AuthenticationResponseJSON>(answer.text);
  // Base64url of at most 1,023 bytes (WebAuthn level 3, section 4): PostgreSQL does not take every text.
  const credentialId = /^[\w-]{1,1364}$/.exec(String(response?.id))?.[0] ?? "";
  const [row] = await db
    .select({ passkey: passkeys, person: personColumns, disabledAt: admins.disabledAt })
    .from(passkeys)
    .innerJoin(admins, eq(admins.id, passkeys.adminId))
    .where(eq(passkeys.credentialId, credentialId));
  if (row === undefined || response === undefined) return { problem: "unknown_passkey", account: undefined };
  const { passkey, person } = row;
  const signatures = challenge === undefined ? undefined : await verifyShown(answer, { challenge, response, passkey });
  if (signatures === undefined) return { problem: "wrong_passkey", account: person };
  if (row.disabledAt !== null) return { problem: "disabled_account", account: person };
  await db
    .update(passkeys)
    .set({ lastUsedAt: answer.now, signatures: sql`greatest(${passkeys.signatures}, ${signatures})` })
    .where(eq(passkeys.id, passkey.id));
  return { person };
}

/** Removes one of a person's passkeys. Throws as `removeFactor` does. */
export function removePasskey(
  db: Database,
  input: FactorChange & { id: number; requiresSecondFactor: boolean },
): Promise<void> {
  return removeFactor(db, input, async (tx) => {
    const [removed] = await tx
      .delete(passkeys)
      .where(and(eq(passkeys.id, input.id), eq(passkeys.adminId, input.session.person.id)))
      .returning({ name: passkeys.name });
    return removed && ["admin.passkey_removed", removed];
  });
}

function remember(db: Database, input: { personId: number | null; challenge: string; now: Date }): Promise<Secret> {
  const { personId, challenge, now } = input;
  return createChallenge(db, { purpose: "passkey", personId, details: challenge, minutes: answerMinutes, now });
}

/** Takes the challenge that a browser answers, if it was for this person. */
async function take(db: Database, answer: PasskeyAnswer, personId: number | null): Promise<string | undefined> {
  const challenge = await takeChallenge(db, { purpose: "passkey", ...answer });
  const isExpected = typeof challenge?.details === "string" && challenge.personId === personId;
  return isExpected ? String(challenge.details) : undefined;
}

const expectationsOf = ({ origin, host }: RelyingParty, challenge: string) => ({
  ...{ expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: host },
  requireUserVerification: true,
});

async function verifyNew({ party, text }: PasskeyAnswer, challenge: string) {
  const { verifyRegistrationResponse } = await loadLibrary();
  const response = parseAnswer<RegistrationResponseJSON>(text);
  if (response === undefined) return undefined;
  const verified = await verifyRegistrationResponse({
    ...expectationsOf(party, challenge),
    response,
    supportedAlgorithmIDs: algorithms,
  }).catch(asUnverified);
  return verified?.registrationInfo?.credential;
}

/** The authenticator's new count of signatures; undefined when this is not the passkey's answer to the challenge. */
async function verifyShown(
  { party }: PasskeyAnswer,
  shown: { challenge: string; response: AuthenticationResponseJSON; passkey: typeof passkeys.$inferSelect },
): Promise<number | undefined> {
  const { verifyAuthenticationResponse } = await loadLibrary();
  const { challenge, response, passkey } = shown;
  const verified = await verifyAuthenticationResponse({
    ...expectationsOf(party, challenge),
    response,
    credential: {
      id: passkey.credentialId,
      publicKey: Uint8Array.from(Buffer.from(passkey.publicKey, "base64url")),
      counter: passkey.signatures,
    },
  }).catch(asUnverified);
  return verified?.verified ? verified.authenticationInfo.newCounter : undefined;
}

/** The library says by an error of no special kind what is wrong with an answer, which came from outside. */
const asUnverified = () => undefined;

/** An answer as the library takes it: it checks every part of it. */
function parseAnswer<T>(text: string): T | undefined {
  const value = tryParseJson(text);
  return isMembers(value) ? (value as T) : undefined;
}

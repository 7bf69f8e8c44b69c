/** Authenticator apps: setting one up, using its codes, removing it. A person has one. */
import { and, eq, lt } from "drizzle-orm";
import type { Database } from "../../../../db/client.ts";
import { authenticatorApps } from "../../../../db/schema.ts";
import { DomainError, invalidField } from "../../../../lib/errors.ts";
import { seal, unseal } from "../../../../lib/secrets/seal.ts";
import type { Secret } from "../../../../lib/secrets/secret.ts";
import type { Person } from "../find.ts";
import { type AddedFactor, addFactor, type FactorChange, removeFactor } from "./change.ts";
import { appAddress, createAppSecret, findStep } from "./totp.ts";

/** What a person puts into the app; nothing is stored until the app's first code comes back. */
export interface AppSetUp {
  /** To type in, in base32. */
  readonly secret: Secret;
  /** The same in a QR code. */
  readonly address: Secret;
  /** The secret, encrypted for this person: comes back with the code. */
  readonly sealed: string;
}

/** Begins to set up an app, or goes on with what was sealed. Throws `invalid` for what was sealed for somebody else. */
export async function setUpApp(input: { key: Uint8Array; person: Person; sealed?: string }): Promise<AppSetUp> {
  const { key, person, sealed } = input;
  const context = setUpContext(person.id);
  const secret = sealed === undefined ? await createAppSecret() : unseal(key, sealed, context);
  if (secret === undefined) throw new DomainError("invalid", "This page is out of date. Open it again.");
  return { secret, address: await appAddress(secret, person.email), sealed: sealed ?? seal(key, secret, context) };
}

/**
 * Adds the app that was set up, in place of one that the person had. Throws `invalid` by field (`code`) when the code
 * is not the app's.
 */
export async function addAuthenticatorApp(
  db: Database,
  input: FactorChange & { key: Uint8Array; setUp: AppSetUp; code: string },
): Promise<AddedFactor> {
  const { session, key, setUp, code, now } = input;
  const lastStep = await findStep(setUp.secret, code, now);
  if (lastStep === undefined) {
    const problem = "This isn’t the app’s current code. Wait for the next one, and check the time on your phone.";
    throw invalidField("code", problem);
  }
  const { id: adminId } = session.person;
  const app = { secret: seal(key, setUp.secret, appContext(adminId)), lastStep, createdAt: now };
  return addFactor(db, input, async (tx) => {
    await tx
      .insert(authenticatorApps)
      .values({ adminId, ...app })
      .onConflictDoUpdate({ target: authenticatorApps.adminId, set: app });
    return ["admin.authenticator_app_added"];
  });
}

/** Removes the app. Throws as `removeFactor` does. */
export function removeAuthenticatorApp(
  db: Database,
  input: FactorChange & { requiresSecondFactor: boolean },
): Promise<void> {
  return removeFactor(db, input, async (tx) => {
    const removed = await tx
      .delete(authenticatorApps)
      .where(eq(authenticatorApps.adminId, input.session.person.id))
      .returning({ id: authenticatorApps.id });
    return removed.length === 0 ? undefined : ["admin.authenticator_app_removed"];
  });
}

/**
 * Uses a code of a person's app. It counts once, and no code before it counts any more: of two tries at once, one is
 * right and the other `used_code`.
 */
export async function useAppCode(
  db: Database,
  { personId, code, key, now }: { personId: number; code: string; key: Uint8Array; now: Date },
): Promise<"right" | "wrong_code" | "used_code"> {
  const ownApp = eq(authenticatorApps.adminId, personId);
  const [app] = await db.select().from(authenticatorApps).where(ownApp);
  // Undefined when `SECRET_KEY` was replaced since.
  const secret = app && unseal(key, app.secret, appContext(personId));
  const step = secret && (await findStep(secret, code, now));
  if (app === undefined || step === undefined) return "wrong_code";
  const { id, secret: sealed, lastStep } = authenticatorApps;
  const used = await db
    .update(authenticatorApps)
    .set({ lastStep: step })
    .where(and(eq(id, app.id), eq(sealed, app.secret), lt(lastStep, step)))
    .returning({ id });
  return used.length === 1 ? "right" : "used_code";
}

const setUpContext = (personId: number) => `set-up of an authenticator app by person ${personId}`;
const appContext = (personId: number) => `authenticator app of person ${personId}`;

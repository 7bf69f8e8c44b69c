/** Second factors for tests: an authenticator app that a test can read, and the codes that come with it. */
import { TOTP } from "otpauth";
import { addAuthenticatorApp, setUpApp } from "../../src/domain/access/people/factors/authenticator-app.ts";
import { findSession, startSession } from "../../src/domain/access/people/sessions.ts";
import { deriveKey } from "../../src/lib/secrets/derived-keys.ts";
import { type TestApp, testSecretKey } from "./app.ts";
import { leakHunt } from "./leak-hunt.ts";

/** Encrypts the secrets of apps in tests. */
export const authenticatorKey = deriveKey(testSecretKey, "authenticator-app");

/** What an app with this secret (base32) shows. */
export const showCode = (secret: string, at: Date): string =>
  new TOTP({ secret, algorithm: "SHA1", digits: 6, period: 30 }).generate({ timestamp: at.getTime() });

const policy = { idleMinutes: 60, absoluteHours: 12, reauthenticateMinutes: 15 };

/** Gives a person an authenticator app, an hour before a test's time, and recovery codes. */
export async function giveApp(
  { database: { db }, now }: Pick<TestApp, "database" | "now">,
  person: { id: number },
): Promise<{ secret: string; recoveryCodes: string[] }> {
  const before = new Date(now.getTime() - 3_600_000);
  const origin = { adminId: person.id, method: "password", address: null, userAgent: null } as const;
  const token = await startSession(db, { ...origin, policy, now: before });
  const session = await findSession(db, { token, policy, now: before });
  if (session === undefined) throw new Error("no session");
  const setUp = await setUpApp({ key: authenticatorKey, person: session.person });
  const secret = setUp.secret.reveal();
  leakHunt.expectNowhere("the secret of an authenticator app", secret);
  const { recoveryCodes = [] } = await addAuthenticatorApp(db, {
    ...{ session, setUp, key: authenticatorKey, code: showCode(secret, before), now: before },
    actor: { name: session.person.email, address: null },
  });
  const codes = recoveryCodes.map((code) => code.reveal());
  for (const code of codes) leakHunt.expectNowhere("a recovery code", code);
  return { secret, recoveryCodes: codes };
}

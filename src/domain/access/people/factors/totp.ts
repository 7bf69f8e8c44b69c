/** Codes of authenticator apps: TOTP (RFC 6238) as every app knows it, with SHA-1, six digits and 30 seconds. */
import { Secret as SharedSecret, TOTP } from "otpauth";
import { Secret } from "../../../../lib/secrets/secret.ts";

const usual = { algorithm: "SHA1", digits: 6, period: 30 } as const;

/** The time step that a moment belongs to. */
const stepOf = (at: Date) => TOTP.counter({ period: usual.period, timestamp: at.getTime() });

/** The time at which a step begins. */
export const startOfStep = (step: number): Date => new Date(step * usual.period * 1000);

/** A new secret of 160 bits, in base32. */
export function createAppSecret(): Secret {
  return new Secret(new SharedSecret({ size: 20 }).base32);
}

/** The address that an app reads from a QR code. */
export function appAddress(secret: Secret, account: string): Secret {
  return new Secret(new TOTP({ ...usual, issuer: "CiviKey", label: account, secret: secret.reveal() }).toString());
}

/** The time step whose code this is: the present one, the one before or the next, for clocks that differ. Else undefined. */
export function findStep(secret: Secret, code: string, now: Date): number | undefined {
  const shared = SharedSecret.fromBase32(secret.reveal());
  const token = code.replaceAll(/\s/g, "");
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = TOTP.validate({ ...usual, token, secret: shared, timestamp: now.getTime(), window: 1 });
  return delta === null ? undefined : stepOf(now) + delta;
}

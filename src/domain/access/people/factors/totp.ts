/** Codes of authenticator apps: TOTP (RFC 6238) as every app knows it, with SHA-1, six digits and 30 seconds. */
import { Secret } from "../../../../lib/secrets/secret.ts";

const usual = { algorithm: "SHA1", digits: 6, period: 30 } as const;

/** Loaded when somebody uses an app: a start does without it. */
const loadLibrary = () => import("otpauth");

/** The time at which a step begins. */
export const startOfStep = (step: number): Date => new Date(step * usual.period * 1000);

/** A new secret of 160 bits, in base32. */
export async function createAppSecret(): Promise<Secret> {
  const { Secret: SharedSecret } = await loadLibrary();
  return new Secret(new SharedSecret({ size: 20 }).base32);
}

/** The address that an app reads from a QR code. */
export async function appAddress(secret: Secret, account: string): Promise<Secret> {
  const { TOTP } = await loadLibrary();
  return new Secret(new TOTP({ ...usual, issuer: "CiviKey", label: account, secret: secret.reveal() }).toString());
}

/** The time step whose code this is: the present one, the one before or the next, for clocks that differ. Else undefined. */
export async function findStep(secret: Secret, code: string, now: Date): Promise<number | undefined> {
  const { Secret: SharedSecret, TOTP } = await loadLibrary();
  const shared = SharedSecret.fromBase32(secret.reveal());
  const timestamp = now.getTime();
  const token = code.replaceAll(/\s/g, "");
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = TOTP.validate({ ...usual, token, secret: shared, timestamp, window: 1 });
  return delta === null ? undefined : TOTP.counter({ period: usual.period, timestamp }) + delta;
}

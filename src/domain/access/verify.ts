/** Says how the API would answer a call, and why, without making it (`keys verify`). */
import type { Address } from "../../lib/net/subnets.ts";
import type { Secret } from "../../lib/secrets/secret.ts";
import { type Checks, findRefusal, gatherChecks, judgeRules, type RefusalReason } from "./authentication.ts";
import { parseBasicCredentials, type SaltRing } from "./credentials.ts";
import type { KeyLookup } from "./lookup.ts";

/** The verdict on a call, with every rule's part in it, in their order. */
export interface Verdict {
  readonly allowed: boolean;
  /** The first rule that does not hold; null when all do. */
  readonly reason: RefusalReason | null;
  /** Rules that could not be judged, as all about the key when there is none, do not hold. */
  readonly rules: readonly { readonly rule: RefusalReason; readonly ok: boolean }[];
}

/**
 * Judges a call by the rules of the API. `token` is the API secret token; an empty one is a call
 * without credentials. Reads only: nothing is counted and nothing is moved to another salt.
 */
export async function verifyApiKey(
  call: { token: Secret; address: Address; now: Date; wanted: Checks["wanted"] },
  sources: { lookup: KeyLookup; salts: SaltRing },
): Promise<Verdict> {
  const { address, now, wanted } = call;
  const text = call.token.reveal();
  const credentials = parseBasicCredentials(text === "" ? "" : `Basic ${text}`);
  const checks = { ...(await gatherChecks({ credentials, address, now }, sources)), wanted };
  const reason = findRefusal(checks) ?? null;
  return { allowed: reason === null, reason, rules: judgeRules(checks) };
}

/**
 * When is a call refused? Here, and only here: these are the rules, in order. The first one that does
 * not hold gives the reason that is recorded. The caller never learns the reason.
 */
import { type Address, isInside } from "../../lib/net/subnets.ts";
import { type BasicCredentials, decoyHash, type SaltRing, verifySecret } from "./credentials.ts";
import { findGrant, type GrantedProgram, type Permission } from "./grants.ts";
import type { KeyLookup } from "./lookup.ts";
import type { StoredKey } from "./stored-keys.ts";

/** What the rules check. */
export interface Checks {
  readonly credentials: BasicCredentials;
  readonly key: StoredKey | undefined;
  readonly isSecretRight: boolean;
  readonly address: Address | undefined;
  readonly now: Date;
  /** What the route asks for; undefined on routes that name no program. */
  readonly wanted: { readonly slug: string; readonly permission: Permission } | undefined;
  /** Whether the call is to retire its own key. Whoever holds a leaked secret may end it, from anywhere, expired or not. */
  readonly isRetiring: boolean;
}

/**
 * The rules, in order: `reason` is recorded when `holds` does not. To add a rule, add a row. A call that retires its own
 * key is judged by those with `evenToRetire` only.
 */
export const rules = [
  {
    reason: "missing_credentials",
    evenToRetire: true,
    holds: ({ credentials }) => credentials.kind !== "missing",
  },
  {
    reason: "malformed_credentials",
    evenToRetire: true,
    holds: ({ credentials }) => credentials.kind === "credentials",
  },
  { reason: "unknown_key", evenToRetire: true, holds: ({ key }) => key !== undefined },
  { reason: "wrong_secret", evenToRetire: true, holds: ({ isSecretRight }) => isSecretRight },
  // Nothing is left to retire.
  { reason: "retired", evenToRetire: true, holds: ({ key }) => key?.isRetired === false },
  { reason: "expired", holds: ({ key, now }) => key !== undefined && now < key.expiration },
  {
    reason: "outside_subnet",
    holds: ({ key, address }) => key !== undefined && address !== undefined && isInside(address, key.subnets),
  },
  {
    reason: "no_grant",
    holds: ({ key, wanted }) =>
      key !== undefined && (wanted === undefined || findGrant(key.grants, wanted) !== undefined),
  },
] as const satisfies readonly { reason: string; evenToRetire?: true; holds: (checks: Checks) => boolean }[];

/** Why a call was refused: for the log, the metrics and the admin, never for the caller. */
export type RefusalReason = (typeof rules)[number]["reason"];

/** Finds the first rule that does not hold, if any. */
export function findRefusal(checks: Checks): RefusalReason | undefined {
  return rules.find((rule) => (!checks.isRetiring || "evenToRetire" in rule) && !rule.holds(checks))?.reason;
}

/** What every rule says by itself, for somebody who asks why; without a known key the later ones do not hold. */
export function judgeRules(checks: Checks): { rule: RefusalReason; ok: boolean }[] {
  return rules.map((rule) => ({ rule: rule.reason, ok: rule.holds(checks) }));
}

/**
 * Gathers what the rules check. An unknown key id costs the same work as a known one: one HMAC and
 * one constant-time comparison. Without credentials nothing is looked up.
 */
export async function gatherChecks(
  call: Pick<Checks, "credentials" | "address" | "now"> & Partial<Pick<Checks, "isRetiring">>,
  sources: { lookup: KeyLookup; salts: SaltRing },
): Promise<Checks> {
  const { credentials } = call;
  const asked = { isRetiring: false, ...call, wanted: undefined };
  if (credentials.kind !== "credentials") return { ...asked, key: undefined, isSecretRight: false };
  const key = await sources.lookup.find(credentials.keyId);
  const salt = key && sources.salts.all.get(key.saltId);
  const storedHash = salt ? key.secretHash : decoyHash;
  const matches = verifySecret(credentials.secret, storedHash, salt ?? sources.salts.current);
  return { ...asked, key, isSecretRight: matches && salt !== undefined };
}

/** Judges all rules again with what the route asks for, and makes the value that opens the program. */
export function grantAccess<P extends Permission>(
  checks: Checks,
  wanted: { slug: string; permission: P },
): GrantedProgram<P> | RefusalReason {
  const refusal = findRefusal({ ...checks, wanted, isRetiring: false });
  if (refusal !== undefined) return refusal;
  return findGrant(checks.key?.grants ?? [], wanted) ?? "no_grant";
}

/** Replaces API keys: creates a successor with the same access, and lets both work for a grace period. */
import { eq, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys, grants } from "../../../db/schema.ts";
import { DomainError, findInvalidFields } from "../../../lib/errors.ts";
import { parseSubnet } from "../../../lib/net/subnets.ts";
import { recordAuditEvent } from "../audit/record.ts";
import { generateCredentials, hashSecret, type NewCredentials, type SaltRing } from "../credentials.ts";
import type { Permitted } from "../people/roles.ts";
import { type ApiKeyRules, findCoverageProblems, readExpiration, readFormToken } from "./fields.ts";
import { type ApiKey, getApiKey, type KeyRef } from "./find.ts";
import { insertApiKey } from "./insert.ts";
import { lockApiKey } from "./lock.ts";

const hourMs = 3_600_000;

/** How long the old key keeps working; forms and the CLI use the names. */
export const graces = [
  { name: "0", ms: 0 },
  { name: "1h", ms: hourMs },
  { name: "24h", ms: 24 * hourMs },
  { name: "7d", ms: 7 * 24 * hourMs },
] as const;

/** How long an old key keeps working, as the audit trail names it. */
type Grace = { readonly name: string; readonly ms: number };

/** The form as it was filled in. */
export interface RotationForm {
  /** Of the successor: `YYYY-MM-DD`, as for a new key. */
  readonly expiration: string;
  /** The name of one of `graces`. */
  readonly grace: string;
  /** Identifies the form, so that a reload of the answer leads to the successor; none from scripts and the CLI. */
  readonly formToken?: string;
}

/** A finished rotation. */
export interface Rotation {
  readonly successor: ApiKey;
  /** The old key, which expires when its grace is over. */
  readonly predecessor: ApiKey;
  /** The successor's; not stored anywhere. */
  readonly credentials: NewCredentials;
}

/** Why a key cannot be rotated, as a sentence; undefined when it can. */
export function findRotationObstacle(apiKey: ApiKey, rules: ApiKeyRules): string | undefined {
  const { name, state, successor } = apiKey;
  if (successor !== null) return `The API key ${name} has already been rotated.`;
  if (state === "retired") return `The API key ${name} is retired. Create a new key.`;
  if (state === "expired") return `The API key ${name} has expired. Create a new key.`;
  const subnets = apiKey.subnets.flatMap((text) => parseSubnet(text) ?? []);
  return findCoverageProblems(subnets, rules).length > 0
    ? `The API key ${name} allows all IP addresses, which new keys may not. Narrow it first.`
    : undefined;
}

/**
 * Creates a successor with the same name, note, contact, subnets and grants and a new secret. The old key
 * expires after the grace period, or earlier if it would have anyway. One transaction; the two audit events
 * name each other. Throws `invalid` with problems by field, `not_found`, and `conflict` when the key is
 * retired, expired or already rotated (of two rotations at once, one succeeds).
 */
export async function rotateApiKey(
  db: Database,
  input: KeyRef & {
    form: RotationForm;
    rules: ApiKeyRules;
    salts: SaltRing;
    actor: Permitted<"change keys">;
    now: Date;
  },
): Promise<Rotation> {
  const { form, rules, now } = input;
  const { expiration, grace } = readForm(form, { rules, now });
  const formToken = readFormToken(form.formToken ?? "");
  return replaceApiKey(db, { ...input, formToken, grace, expirationOf: () => expiration });
}

/**
 * Does the same for whoever may: `expirationOf` says when the successor of a key expires, and throws when it may have
 * none. Throws `not_found` and `conflict` as `rotateApiKey` does.
 */
export async function replaceApiKey(
  db: Database,
  input: KeyRef & {
    grace: Grace;
    expirationOf: (old: ApiKey) => Date;
    formToken?: string | null;
    rules: ApiKeyRules;
    salts: SaltRing;
    actor: Permitted<"change keys">;
    now: Date;
  },
): Promise<Rotation> {
  const { grace, rules, salts, actor, now } = input;
  const credentials = generateCredentials();
  return db.transaction(async (tx) => {
    const old = await lockApiKey(tx, input);
    const expiration = input.expirationOf(old);
    const obstacle = findRotationObstacle(old, rules);
    if (obstacle !== undefined) throw new DomainError("conflict", obstacle);
    const { name, renewUntil, contactEmail, note } = old;
    const successor = await insertApiKey(tx, {
      row: {
        ...{ name, expiration, renewUntil, contactEmail, note },
        keyId: credentials.keyId,
        secretHash: hashSecret(credentials.secret, salts.current),
        saltId: salts.current.id,
        subnets: [...old.subnets],
        createdAt: now,
        createdBy: actor.name,
        predecessorId: old.id,
        formToken: input.formToken ?? null,
      },
      granted: await tx.select().from(grants).where(eq(grants.apiKeyId, old.id)),
      action: "api_key.created",
      details: { rotatedFrom: old.keyId },
      actor,
      now,
    });
    // The lock admits one rotation at a time, the unique predecessor only one ever.
    if (successor === undefined) {
      throw new DomainError("conflict", `The API key ${old.name} has already been rotated.`);
    }
    const predecessor = await endAfterGrace(tx, { old, successor, grace, actor, now });
    return { successor, predecessor, credentials };
  });
}

function readForm(form: RotationForm, context: { rules: ApiKeyRules; now: Date }) {
  const { expiration, problems } = readExpiration(form.expiration.trim(), context);
  const grace = graces.find(({ name }) => name === form.grace);
  const invalid = findInvalidFields({
    expiration: problems,
    grace: grace === undefined ? ["Choose how long the old key keeps working."] : [],
  });
  if (invalid !== undefined || expiration === undefined || grace === undefined) throw invalid;
  return { expiration, grace };
}

async function endAfterGrace(
  tx: Database,
  rotation: { old: ApiKey; successor: ApiKey; grace: Grace; actor: Permitted<"change keys">; now: Date },
): Promise<ApiKey> {
  const { old, successor, grace, actor, now } = rotation;
  const graceEnd = new Date(now.getTime() + grace.ms);
  await tx
    .update(apiKeys)
    .set({ expiration: sql`least(${apiKeys.expiration}, ${graceEnd.toISOString()}::timestamptz)` })
    .where(eq(apiKeys.id, old.id));
  const ended = await getApiKey(tx, { id: old.id, actor, now });
  const details = {
    name: old.name,
    keyId: old.keyId,
    rotatedTo: successor.keyId,
    grace: grace.name,
    before: { expiration: old.expiration.toISOString() },
    after: { expiration: ended.expiration.toISOString() },
  };
  await recordAuditEvent(tx, rotation, "api_key.rotated", details, { apiKeyId: old.id });
  return ended;
}

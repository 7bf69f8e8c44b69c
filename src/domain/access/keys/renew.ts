/** Lets the holder of a key replace it, where an admin allowed that. */
import type { Database } from "../../../db/client.ts";
import { DomainError } from "../../../lib/errors.ts";
import { readJsonInteger } from "../../../lib/json/numbers.ts";
import { createProblemList } from "../../../lib/json/problem-list.ts";
import { type JsonObject, memberOf, numberText } from "../../../lib/json/text.ts";
import { startOfDay } from "../../../lib/time/times.ts";
import type { SaltRing } from "../credentials.ts";
import { permitOwnKey } from "../people/roles.ts";
import { type ApiKeyRules, latestExpiration } from "./fields.ts";
import type { ApiKey } from "./find.ts";
import { type Rotation, replaceApiKey } from "./rotate.ts";

const hourMs = 3_600_000;
const graceHoursMax = 168;

/** What a holder asks for. */
interface RenewalForm {
  /** How many hours the old key keeps working. */
  readonly graceHours: number;
}

/** Reads the body of a call. Throws `unprocessable` with everything that is wrong. */
export function readRenewalForm(body: JsonObject): RenewalForm {
  const problems = createProblemList();
  for (const name of Object.keys(body)) if (name !== "graceHours") problems.add([name], "There is no such member.");
  const hours = readJsonInteger(numberText(memberOf(body, "graceHours")) ?? "");
  const isGood = hours !== undefined && 0n <= hours && hours <= graceHoursMax;
  if (!isGood) problems.add(["graceHours"], `It must be a whole number from 0 to ${graceHoursMax}.`);
  problems.throwIfAny("request");
  return { graceHours: Number(hours) };
}

/**
 * Replaces a key by one with the same access, which lives as long as the key was to live when it was made, but not past
 * the end of its renewals, nor longer than new keys may. Throws `forbidden` when no admin allowed it, or when that is
 * over; and `conflict` as `rotateApiKey` does, also when the key was replaced before.
 */
export function renewApiKey(
  db: Database,
  input: {
    apiKey: Pick<ApiKey, "id" | "keyId">;
    /** Where the call came from. */
    address: string | null;
    form: RenewalForm;
    rules: ApiKeyRules;
    salts: SaltRing;
    now: Date;
  },
): Promise<Rotation> {
  const { apiKey, address, form, rules, salts, now } = input;
  return replaceApiKey(db, {
    id: apiKey.id,
    grace: { name: `${form.graceHours}h`, ms: form.graceHours * hourMs },
    expirationOf: (old) => findRenewedExpiration(old, { rules, now }),
    ...{ rules, salts, now },
    actor: permitOwnKey(apiKey, address),
  });
}

function findRenewedExpiration(
  { createdAt, expiration, renewUntil }: ApiKey,
  { rules, now }: { rules: ApiKeyRules; now: Date },
): Date {
  if (renewUntil === null || renewUntil <= now) {
    throw new DomainError("forbidden", "This key can’t replace itself. Ask an admin to rotate it.");
  }
  const latest = startOfDay(latestExpiration(rules, now) ?? "", rules.zone) ?? renewUntil;
  const lifetimeMs = expiration.getTime() - createdAt.getTime();
  return new Date(Math.min(now.getTime() + lifetimeMs, renewUntil.getTime(), latest.getTime()));
}

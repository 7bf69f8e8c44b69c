/** Narrows API keys: reduces their access, never extends it, and edits name, contact and note. */
import { and, eq, inArray } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys, grants, programs } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import { localDate } from "../../../lib/time/times.ts";
import { recordAuditEvent } from "../audit/record.ts";
import { isAmong } from "../grants.ts";
import type { Permitted } from "../people/roles.ts";
import { storeQuestions, wordQuestions } from "../questions.ts";
import { countRefusedIf, type WhatIf } from "../usage/what-if.ts";
import { type ApiKey, getApiKey, type KeyRef } from "./find.ts";
import { lockApiKey } from "./lock.ts";
import { type Changeable, type NarrowingForm, readNarrowingForm } from "./narrow-form.ts";

/** Why a key cannot be narrowed, as a sentence; undefined when it can. */
export function findNarrowingObstacle({ name, state }: ApiKey): string | undefined {
  if (state === "retired") return `The API key ${name} is retired and cannot be changed.`;
  if (state === "expired") return `The API key ${name} has expired and cannot be changed.`;
  return undefined;
}

/** What a form would change about a key, before and after by name, and what that would have meant for its calls. */
export interface NarrowingReview {
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  /** Undefined when neither subnets nor programs change. */
  readonly whatIf: WhatIf | undefined;
}

/**
 * Says what `narrowApiKey` would change, and changes nothing; undefined when that would be nothing. Throws as that does.
 */
export async function reviewNarrowing(
  db: Database,
  { apiKey, form, zone, now }: { apiKey: ApiKey; form: NarrowingForm; zone: string; now: Date },
): Promise<NarrowingReview | undefined> {
  const obstacle = findNarrowingObstacle(apiKey);
  if (obstacle !== undefined) throw new DomainError("conflict", obstacle);
  const keeps = await readNarrowingForm(db, form, { before: apiKey, zone, now });
  const changes = findChanges(apiKey, keeps);
  if (changes === undefined) return undefined;
  const isRestricted = "subnets" in changes.after || "grants" in changes.after;
  const today = localDate(now, zone);
  return { ...changes, whatIf: isRestricted ? await countRefusedIf(db, { apiKey, keeps, today }) : undefined };
}

/**
 * Changes a key to what the form says, and writes an audit event with the values before and after, in one
 * transaction: it applies from the next call, on every server. A form that changes nothing writes nothing.
 * Throws `invalid` with problems by field, such as access that the key does not have; `not_found`; and
 * `conflict` when the key is retired or expired.
 */
export async function narrowApiKey(
  db: Database,
  input: KeyRef & {
    form: NarrowingForm;
    zone: string;
    actor: Permitted<"change keys">;
    now: Date;
  },
): Promise<ApiKey> {
  const { form, zone, actor, now } = input;
  return db.transaction(async (tx) => {
    const before = await lockApiKey(tx, input);
    const obstacle = findNarrowingObstacle(before);
    if (obstacle !== undefined) throw new DomainError("conflict", obstacle);
    const wanted = await readNarrowingForm(tx, form, { before, zone, now });
    const changes = findChanges(before, wanted);
    if (changes === undefined) return before;
    await store(tx, before, wanted);
    const details = { name: before.name, keyId: before.keyId, ...changes };
    await recordAuditEvent(tx, input, "api_key.narrowed", details, { apiKeyId: before.id });
    return getApiKey(tx, { id: before.id, actor, now });
  });
}

/** The differences, before and after; undefined when there are none. */
function findChanges(before: Changeable, after: Changeable) {
  const [was, will] = [describe(before), describe(after)];
  const names = Object.keys(was).filter((name) => !Bun.deepEquals(was[name], will[name]));
  if (names.length === 0) return undefined;
  const pick = (from: Record<string, unknown>) => Object.fromEntries(names.map((name) => [name, from[name]]));
  return { before: pick(was), after: pick(will) };
}

function describe(state: Changeable): Record<string, unknown> {
  return {
    name: state.name,
    expiration: state.expiration.toISOString(),
    renewUntil: state.renewUntil?.toISOString() ?? null,
    subnets: state.subnets.toSorted(),
    contactEmail: state.contactEmail,
    note: state.note,
    grants: state.grants.map(({ slug, permission }) => ({ slug, permission })),
    questions: wordQuestions(state.grants),
  };
}

async function store(tx: Database, before: ApiKey, { grants: kept, ...columns }: Changeable): Promise<void> {
  await tx
    .update(apiKeys)
    .set({ ...columns, subnets: [...columns.subnets] })
    .where(eq(apiKeys.id, before.id));
  for (const held of before.grants) {
    const program = tx.select({ id: programs.id }).from(programs).where(eq(programs.slug, held.slug));
    const isHeld = and(
      eq(grants.apiKeyId, before.id),
      eq(grants.permission, held.permission),
      inArray(grants.programId, program),
    );
    const stays = kept.find((one) => isAmong([one], held));
    if (stays === undefined) await tx.delete(grants).where(isHeld);
    else if (!Bun.deepEquals(stays.questions, held.questions)) {
      await tx.update(grants).set(storeQuestions(stays.questions)).where(isHeld);
    }
  }
}

/** The form that narrows a key: what to keep, which cannot be more than the key has. */
import type { Database } from "../../../db/client.ts";
import { refuseInvalidFields } from "../../../lib/errors.ts";
import { isWithin, parseSubnet } from "../../../lib/net/subnets.ts";
import { localDate } from "../../../lib/time/times.ts";
import { isAmong } from "../grants.ts";
import type { NewApiKeyForm } from "./create.ts";
import {
  findContactProblems,
  findNameProblems,
  findNoteProblems,
  readDay,
  readRenewUntil,
  readSubnets,
  textsOf,
} from "./fields.ts";
import type { ApiKey, NamedGrant } from "./find.ts";
import { readQuestions } from "./question-form.ts";

/** The new-key form, filled in with what the key keeps. */
export type NarrowingForm = Omit<NewApiKeyForm, "formToken">;

/** What narrowing can change. */
export interface Changeable {
  readonly name: string;
  readonly expiration: Date;
  readonly renewUntil: Date | null;
  readonly subnets: readonly string[];
  readonly contactEmail: string | null;
  readonly note: string | null;
  /** Those that the key keeps. */
  readonly grants: readonly NamedGrant[];
}

/** The form that leaves a key as it is. */
export function describeForNarrowing(apiKey: ApiKey, zone: string): NarrowingForm {
  return {
    keyName: apiKey.name,
    expiration: localDate(apiKey.expiration, zone),
    ...(apiKey.renewUntil && { renewUntil: localDate(apiKey.renewUntil, zone) }),
    subnet: apiKey.subnets.join("\n"),
    contactEmail: apiKey.contactEmail ?? "",
    note: apiKey.note ?? "",
    grants: apiKey.grants.map(({ slug, permission }) => ({ slug, permission })),
    questions: apiKey.grants.flatMap(({ slug, permission, questions }) =>
      permission === "READ" ? { slug, ...questions } : [],
    ),
  };
}

/**
 * Checks every field against the key as it is. Throws `invalid` with the problems of all fields; asking
 * for more than the key has is one.
 */
export async function readNarrowingForm(
  db: Database,
  form: NarrowingForm,
  context: { before: ApiKey; zone: string; now: Date },
): Promise<Changeable> {
  const { before } = context;
  const name = form.keyName.trim();
  const contactEmail = form.contactEmail.trim();
  const note = form.note.trim();
  const expiration = readEarlierExpiration(form.expiration.trim(), context);
  const renewal = readEarlierRenewal(form.renewUntil?.trim(), context);
  const subnets = readNarrowerSubnets(form.subnet, before);
  const stays = before.grants.filter((held) => isAmong(form.grants, held));
  const { questionsOf, problems } = await readQuestions(db, form, before.grants);
  refuseInvalidFields({
    keyName: findNameProblems(name),
    expiration: expiration.problems,
    renewUntil: renewal.problems,
    subnet: subnets.problems,
    contactEmail: findContactProblems(contactEmail),
    note: findNoteProblems(note),
    grants: findGrantProblems(form, before),
    ...problems,
  });
  return {
    name,
    expiration: expiration.value,
    renewUntil: renewal.value,
    subnets: subnets.value,
    contactEmail: contactEmail || null,
    note: note || null,
    grants: stays.map((held) => (held.permission === "READ" ? { ...held, questions: questionsOf(held.slug) } : held)),
  };
}

/** The key's own day leaves the expiration as it is, which need not be the start of that day. */
function readEarlierExpiration(
  text: string,
  { before, zone, now }: { before: ApiKey; zone: string; now: Date },
): { value: Date; problems: string[] } {
  const current = localDate(before.expiration, zone);
  const unchanged = { value: before.expiration, problems: [] };
  if (text === current) return unchanged;
  const { expiration, problems } = readDay(text, zone);
  if (expiration === undefined) return { ...unchanged, problems };
  if (expiration >= before.expiration) {
    const problem = `Expiration cannot be later than ${current}. For more time, make a new key or rotate this one.`;
    return { ...unchanged, problems: [problem] };
  }
  return {
    value: expiration,
    problems: expiration <= now ? ["Expiration must be in the future."] : [],
  };
}

/** No field, or the key's own day, leaves the renewals as they are; an empty one ends them. */
function readEarlierRenewal(
  text: string | undefined,
  { before, zone, now }: { before: ApiKey; zone: string; now: Date },
): { value: Date | null; problems: string[] } {
  const current = before.renewUntil && localDate(before.renewUntil, zone);
  if (text === undefined || text === (current ?? "")) return { value: before.renewUntil, problems: [] };
  const { renewUntil, problems } = readRenewUntil(text, { zone, now });
  if (renewUntil !== null && (before.renewUntil === null || renewUntil > before.renewUntil)) {
    const problem = current === null ? "Renewal cannot be added" : `Renewal date cannot be later than ${current}`;
    return { value: before.renewUntil, problems: [`${problem}. Create a new key for it.`] };
  }
  return { value: renewUntil, problems };
}

function readNarrowerSubnets(text: string, before: ApiKey): { value: readonly string[]; problems: string[] } {
  const allowed = before.subnets.flatMap((subnet) => parseSubnet(subnet) ?? []);
  const { parsed, problems } = readSubnets(text);
  const wider = textsOf(parsed.filter((subnet) => !isWithin(subnet, allowed)));
  return {
    value: textsOf(parsed),
    problems: [...problems, ...wider.map((subnet) => `Subnet ${subnet} cannot be added. Create a new key for it.`)],
  };
}

function findGrantProblems(form: NarrowingForm, before: ApiKey): string[] {
  if (form.grants.length === 0) return ["You must select at least one program."];
  return form.grants
    .filter((wanted) => !isAmong(before.grants, wanted))
    .map(({ slug, permission }) => `${permission} on ${slug} cannot be added. Create a new key for it.`);
}

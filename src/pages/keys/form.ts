/** Reads the fields of the forms that create and narrow a key. */
import type { Permission } from "../../domain/access/grants.ts";
import type { NewApiKeyForm } from "../../domain/access/keys/create.ts";
import type { QuestionChoice } from "../../domain/access/keys/question-form.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";

/** CiviForm's field names: `grant-program-read[<slug>]` and `grant-program-write[<slug>]`, any value. */
const grantField = /^grant-program-(read|write)\[([^\]]*)\]$/;
/** `grant-questions[<slug>]` says how questions are chosen, and each `grant-question[<slug>]` names one. */
const questionFields = /^grant-question(s?)\[([^\]]*)\]$/;
const permissions: Readonly<Record<string, Permission>> = { read: "READ", write: "WRITE" };

/** The fields as they were filled in; a missing field is empty. */
export function readApiKeyForm(fields: URLSearchParams): NewApiKeyForm {
  const grants = [...fields.keys()].flatMap((name) => {
    const [, verb = "", slug = ""] = grantField.exec(name) ?? [];
    const permission = permissions[verb];
    return permission === undefined ? [] : [{ slug, permission }];
  });
  return {
    keyName: fieldOf(fields, "keyName"),
    expiration: fieldOf(fields, "expiration"),
    renewUntil: fields.get("renewUntil") ?? undefined,
    subnet: fieldOf(fields, "subnet"),
    contactEmail: fieldOf(fields, "contactEmail"),
    note: fieldOf(fields, "note"),
    grants,
    questions: readQuestionChoices(fields),
    formToken: fieldOf(fields, "formToken"),
    confirmSubnets: fieldOf(fields, "confirmSubnets"),
  };
}

/** In one pass: searching all fields again for each of thousands of slugs would block the server for seconds. */
function readQuestionChoices(fields: URLSearchParams): QuestionChoice[] {
  const choices = new Map<string, { modes: string[]; keys: string[] }>();
  for (const [name, value] of fields) {
    const [, plural, slug] = questionFields.exec(name) ?? [];
    if (slug === undefined) continue;
    const choice = choices.getOrInsertComputed(slug, () => ({ modes: [], keys: [] }));
    choice[plural ? "modes" : "keys"].push(value);
  }
  return [...choices].map(([slug, { modes, keys }]) => ({ slug, mode: modes[0] ?? "all", keys }));
}

/** The slugs of the programs that a form grants each permission on. */
export function grantedSlugs({ grants }: Pick<NewApiKeyForm, "grants">): {
  read: Set<string>;
  write: Set<string>;
} {
  const slugsWith = (permission: Permission) =>
    new Set(grants.filter((grant) => grant.permission === permission).map(({ slug }) => slug));
  return { read: slugsWith("READ"), write: slugsWith("WRITE") };
}

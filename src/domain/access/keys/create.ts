/** Creates API keys: reads the new-key form, and reports all its problems at once. */
import { inArray } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { programs } from "../../../db/schema.ts";
import { DomainError, type FieldProblems, findInvalidFields } from "../../../lib/errors.ts";
import { isSlug } from "../../../lib/slug.ts";
import { generateCredentials, hashSecret, type NewCredentials, type SaltRing } from "../credentials.ts";
import type { Permitted } from "../people/roles.ts";
import { allQuestions, type GrantedQuestions, storeQuestions } from "../questions.ts";
import {
  type ApiKeyRules,
  findContactProblems,
  findCoverageProblems,
  findNameProblems,
  findNoteProblems,
  readExpiration,
  readFormToken,
  readRenewUntil,
  readSubnets,
  subnetsToConfirm,
  textsOf,
} from "./fields.ts";
import type { ApiKey } from "./find.ts";
import { type GrantRow, insertApiKey } from "./insert.ts";
import { type GrantForm, readQuestions } from "./question-form.ts";

/** The new-key form as it was filled in; the names are CiviForm's. */
export interface NewApiKeyForm extends GrantForm {
  readonly keyName: string;
  /** `YYYY-MM-DD`: the key stops working when that day starts in the instance's zone. */
  readonly expiration: string;
  /** CIDR blocks, separated by commas or lines. */
  readonly subnet: string;
  /** Until when (`YYYY-MM-DD`) whoever holds the key may replace it by a call; without one only admins may. */
  readonly renewUntil?: string | undefined;
  readonly contactEmail: string;
  readonly note: string;
  /** Identifies the form, so that it creates one key only; empty from scripts and the CLI. */
  readonly formToken: string;
  /** Which broad or changed subnets were confirmed (`subnetsToConfirm`). Only forms with a token are asked. */
  readonly confirmSubnets?: string;
}

/**
 * Creates a key with its grants and the audit event in one transaction. The credentials are in the answer
 * and nowhere else. Throws `invalid` with every problem by field (without fields when a granted program
 * does not exist), and `conflict` when this form has already created a key (a page was reloaded).
 */
export async function createApiKey(
  db: Database,
  input: { form: NewApiKeyForm; rules: ApiKeyRules; salts: SaltRing; actor: Permitted<"change keys">; now: Date },
): Promise<{ apiKey: ApiKey; credentials: NewCredentials }> {
  const { form, rules, salts, actor, now } = input;
  const { questionsOf, problems } = await readQuestions(db, form);
  const granted = await findGrantedPrograms(db, form, questionsOf);
  const values = readForm(form, { rules, now, problems });
  const credentials = generateCredentials();
  const row = {
    ...values,
    keyId: credentials.keyId,
    secretHash: hashSecret(credentials.secret, salts.current),
    saltId: salts.current.id,
    createdAt: now,
    createdBy: actor.name,
  };
  const action = "api_key.created";
  const apiKey = await db.transaction((tx) => insertApiKey(tx, { row, granted, action, actor, now }));
  if (apiKey === undefined) {
    throw new DomainError("conflict", "This key has already been created.");
  }
  return { apiKey, credentials };
}

/** Reads every field. Throws `invalid` with the problems of all of them. */
function readForm(form: NewApiKeyForm, context: { rules: ApiKeyRules; now: Date; problems: FieldProblems }) {
  const name = form.keyName.trim();
  const contactEmail = form.contactEmail.trim();
  const note = form.note.trim();
  const subnets = readSubnets(form.subnet);
  const { expiration, problems } = readExpiration(form.expiration.trim(), context);
  const renewal = readRenewUntil(form.renewUntil?.trim() ?? "", { zone: context.rules.zone, now: context.now });
  const invalid = findInvalidFields({
    keyName: findNameProblems(name),
    expiration: problems,
    renewUntil: renewal.problems,
    subnet: subnets.problems.length > 0 ? subnets.problems : findCoverageProblems(subnets.parsed, context.rules),
    confirmSubnets: findUnconfirmed(form),
    contactEmail: findContactProblems(contactEmail),
    note: findNoteProblems(note),
    grants: form.grants.length === 0 ? ["You must select at least one program."] : [],
    ...context.problems,
  });
  if (invalid !== undefined || expiration === undefined) throw invalid;
  return {
    name,
    expiration,
    renewUntil: renewal.renewUntil,
    subnets: textsOf(subnets.parsed),
    contactEmail: contactEmail || null,
    note: note || null,
    formToken: readFormToken(form.formToken),
  };
}

function findUnconfirmed({ formToken, subnet, confirmSubnets = "" }: NewApiKeyForm): string[] {
  const isConfirmed = formToken === "" || confirmSubnets === subnetsToConfirm(subnet);
  return isConfirmed ? [] : ["Look at the subnets again, and check the box if they are what you want."];
}

/** Finds the granted programs. External programs have no applications, so they cannot be granted. */
async function findGrantedPrograms(
  db: Database,
  form: NewApiKeyForm,
  questionsOf: (slug: string) => GrantedQuestions,
): Promise<GrantRow[]> {
  const slugs = [...new Set(form.grants.map((grant) => grant.slug))];
  if (slugs.length === 0) return [];
  const rows = await db
    .select()
    .from(programs)
    .where(inArray(programs.slug, slugs.filter(isSlug)));
  const bySlug = new Map(rows.map((row) => [row.slug, row]));
  const wanted = new Map(form.grants.map((grant) => [`${grant.permission} ${grant.slug}`, grant]));
  return [...wanted.values()].map(({ slug, permission }) => {
    const program = bySlug.get(slug);
    if (program === undefined || program.programType === "EXTERNAL") {
      throw new DomainError("invalid", `Program not found for slug: ${slug}`);
    }
    return {
      programId: program.id,
      permission,
      ...storeQuestions(permission === "READ" ? questionsOf(slug) : allQuestions),
    };
  });
}

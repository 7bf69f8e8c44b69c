/** The choice of questions in the forms about a key. */
import type { Database } from "../../../db/client.ts";
import { runSql } from "../../../db/run-sql.ts";
import type { FieldProblems } from "../../../lib/errors.ts";
import { isSlug } from "../../../lib/slug.ts";
import type { Permission } from "../grants.ts";
import {
  allQuestions,
  chooseQuestions,
  type GrantedQuestions,
  intermediaryEntry,
  isWithinQuestions,
  noteEntry,
  questionModes,
} from "../questions.ts";

/** What a form says of the questions of one program, as it was filled in. */
export interface QuestionChoice {
  readonly slug: string;
  /** One of `questionModes`, unless somebody made a mistake. */
  readonly mode: string;
  readonly keys: readonly string[];
}

/** A form as far as grants go. */
export interface GrantForm {
  readonly grants: readonly { readonly slug: string; readonly permission: Permission }[];
  /** A program without a choice shows all its questions. */
  readonly questions?: readonly QuestionChoice[];
}

/** The field of a program's choice, by which its problems are reported. */
export const questionsField = (slug: string) => `grant-questions[${slug}]`;
/** The field of each question that it lists. */
export const questionField = (slug: string) => `grant-question[${slug}]`;

/** A grant that a key has already. */
export type HeldGrant = Readonly<{ slug: string; permission: Permission; questions: GrantedQuestions }>;

/**
 * Reads what READ on each program shows, and what is wrong, by field. `held` are the grants of a key that is
 * narrowed: they may show fewer questions, never others.
 */
export async function readQuestions(
  db: Database,
  { grants, questions = [] }: GrantForm,
  held: readonly HeldGrant[] = [],
): Promise<{ questionsOf: (slug: string) => GrantedQuestions; problems: FieldProblems }> {
  const read = new Set(grants.flatMap(({ slug, permission }) => (permission === "READ" ? slug : [])));
  const hadBySlug = new Map(held.flatMap((one) => (one.permission === "READ" ? [[one.slug, one.questions]] : [])));
  // What is taken away needs no choice, and what stays without one is asked for whole.
  const choices = new Map([...hadBySlug.keys()].map((slug) => [slug, { slug, mode: "all", keys: noKeys }]));
  for (const choice of questions) choices.set(choice.slug, choice);
  const checked = [...choices.values()].filter(({ slug }) => read.has(slug) || !hadBySlug.has(slug));
  const published = await listPublishedKeys(
    db,
    checked.flatMap(({ slug, keys }) => (keys.length > 0 && isSlug(slug) ? slug : [])),
  );
  const problems = checked.map((choice): [field: string, problems: string[]] => {
    const { slug } = choice;
    const wrong = read.has(slug) ? findProblems(choice, published.get(slug)) : findUnread(choice);
    const isWider = wrong.length === 0 && !isWithinQuestions(readChoice(choice), hadBySlug.get(slug) ?? allQuestions);
    const wider = `The key does not see all of these questions of ${slug}. Create a new key for them.`;
    return [questionsField(slug), isWider ? [wider] : wrong];
  });
  const questionsOf = (slug: string) => readChoice(choices.get(slug) ?? { mode: "all", keys: noKeys });
  return { questionsOf, problems: Object.fromEntries(problems) };
}

const noKeys: readonly string[] = [];

function readChoice({ mode, keys }: Omit<QuestionChoice, "slug">): GrantedQuestions {
  const known = questionModes.find((each) => each === mode);
  return known === undefined ? allQuestions : chooseQuestions(known, keys);
}

function findUnread({ slug, mode, keys }: QuestionChoice): string[] {
  return mode === "all" && keys.length === 0 ? [] : [`To choose questions of ${slug}, let the key read ${slug}.`];
}

function findProblems({ slug, mode, keys }: QuestionChoice, published: ReadonlySet<string> = new Set()): string[] {
  if (!questionModes.some((known) => known === mode)) return [`Questions of ${slug} must be all, only or except.`];
  if (mode === "all" && keys.length > 0)
    return [`Say whether the key sees only these questions of ${slug}, or all others.`];
  if (mode === "only" && keys.length === 0) return [`You must select at least one question of ${slug}.`];
  const entries: readonly string[] = [noteEntry, intermediaryEntry];
  return keys
    .filter((key) => !entries.includes(key) && !published.has(key))
    .map((key) => `No published version of ${slug} has a question ${key}.`);
}

/** The keys of all questions that published versions ask, by the slug of their program. */
async function listPublishedKeys(db: Database, slugs: readonly string[]): Promise<Map<string, Set<string>>> {
  if (slugs.length === 0) return new Map();
  const rows = await runSql<{ slug: string; keys: string[] }>(
    db,
    `select slug, array_agg(distinct question ->> 'key') as keys
     from programs join program_versions version on program_id = programs.id,
       jsonb_array_elements(questions) as question
     where slug = any($1::text[]) and stage <> 'draft' and question ->> 'type' <> 'STATIC' group by slug`,
    [slugs],
  );
  return new Map(rows.map(({ slug, keys }) => [slug, new Set(keys)]));
}

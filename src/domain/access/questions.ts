/** Which questions of a program a READ grant shows. `applications/stored/shown` applies it to answers. */
import { listNames } from "../../lib/listed.ts";

/** How a grant chooses questions: all, only those that are listed, or all others. */
export const questionModes = ["all", "only", "except"] as const;

/** The questions that a grant shows, by key, wherever in an application they are asked. */
export interface GrantedQuestions {
  readonly mode: (typeof questionModes)[number];
  /** Sorted, each once; none with `all`, at least one otherwise. */
  readonly keys: readonly string[];
}

/** Every question, and those of later versions: a grant without a choice. */
export const allQuestions = { mode: "all", keys: [] } as const satisfies GrantedQuestions;

/** Two entries that are chosen like questions. A question with such a key is one entry with it. */
export const noteEntry = "application_note";
/** Stands for `ti_email` and `ti_organization`. */
export const intermediaryEntry = "trusted_intermediary";

/** The same as columns of a grant. */
export function storeQuestions({ mode, keys }: GrantedQuestions): {
  questionMode: GrantedQuestions["mode"];
  questionKeys: string[];
} {
  return { questionMode: mode, questionKeys: [...keys] };
}

/** Makes a choice of keys in any order. All but none are all. */
export function chooseQuestions(mode: GrantedQuestions["mode"], keys: Iterable<string>): GrantedQuestions {
  const sorted = [...new Set(keys)].sort();
  return mode === "all" || (mode === "except" && sorted.length === 0) ? allQuestions : { mode, keys: sorted };
}

/** Tells of each key whether it is shown. */
export function createKeyTest({ mode, keys }: GrantedQuestions): (key: string) => boolean {
  if (mode === "all") return () => true;
  const listed = new Set(keys);
  return mode === "only" ? (key) => listed.has(key) : (key) => !listed.has(key);
}

/** Tells whether one choice shows nothing that the other hides, whatever questions there will be. The database asks the same. */
export function isWithinQuestions(narrower: GrantedQuestions, wider: GrantedQuestions): boolean {
  if (wider.mode === "all") return true;
  const isShown = createKeyTest(wider);
  if (narrower.mode === "only") return narrower.keys.every(isShown);
  return narrower.mode === wider.mode && new Set(wider.keys).isSubsetOf(new Set(narrower.keys));
}

/**
 * The choice in words, such as `only household_size and income`; of more keys than `listedMax` the first ones, and how many
 * more there are.
 */
export function describeQuestions({ mode, keys }: GrantedQuestions, listedMax = keys.length): string {
  if (mode === "all") return "all questions";
  const list = listNames(keys, listedMax);
  return mode === "only" ? `only ${list}` : `all questions except ${list}`;
}

/** The choices of several grants in words, for each program of which not all is shown; `all` when there is none. */
export function wordQuestions(
  grants: readonly { readonly slug: string; readonly questions: GrantedQuestions }[],
): string[] | "all" {
  const chosen = grants.filter(({ questions }) => questions.mode !== "all");
  return chosen.length === 0 ? "all" : chosen.map(({ slug, questions }) => `${slug}: ${describeQuestions(questions)}`);
}

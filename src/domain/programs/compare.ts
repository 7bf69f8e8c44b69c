/** What differs between two versions of a program, told in questions: for people, and for the audit trail. */
import type { Question } from "./questions/tree.ts";

/** A question that both versions have, and what is not the same about it. */
interface ChangedQuestion {
  readonly name: string;
  /** Short phrases, such as `type: TEXT → NUMBER`. Never empty. */
  readonly what: readonly string[];
}

/** What differs; questions are called by their admin name, as CiviForm does. */
export interface ProgramChanges {
  /** Phrases about the program itself. */
  readonly program: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedQuestion[];
}

/** As much of a version as is compared. */
export interface ComparedVersion {
  readonly name: string;
  readonly programType: string;
  readonly questions: readonly Question[];
}

/**
 * Compares two versions. Every export of one program has other ids, so questions are matched by admin
 * name; the order in which they are asked does not count. All lists empty: what differs lies elsewhere
 * (screens, conditions, translations).
 */
export function compareVersions(before: ComparedVersion, after: ComparedVersion): ProgramChanges {
  const old = placeQuestions(before.questions);
  const young = placeQuestions(after.questions);
  const changed = [...young].flatMap(([id, is]) => {
    const was = old.get(id);
    const what = was === undefined ? [] : compareQuestion(was, is);
    return what.length === 0 ? [] : [{ name: is.question.adminName, what }];
  });
  return {
    program: [...phrase("name", before.name, after.name), ...phrase("type", before.programType, after.programType)],
    added: namesOnlyIn(young, old),
    removed: namesOnlyIn(old, young),
    changed,
  };
}

interface PlacedQuestion {
  readonly question: Question;
  /** The admin name of the enumerator that it is repeated under. */
  readonly enumerator: string | undefined;
}

/** By admin name and, where several have it, by how many came before. */
type PlacedQuestions = ReadonlyMap<string, PlacedQuestion>;

function placeQuestions(questions: readonly Question[]): PlacedQuestions {
  const names = new Map(questions.map(({ id, adminName }) => [id, adminName]));
  const byName = Map.groupBy(questions, ({ adminName }) => adminName);
  return new Map(
    [...byName].flatMap(([name, same]) =>
      same.map((question, index) => {
        const enumerator = names.get(question.enumeratorId ?? Number.NaN);
        return [JSON.stringify([name, index]), { question, enumerator }] as const;
      }),
    ),
  );
}

function namesOnlyIn(one: PlacedQuestions, other: PlacedQuestions): string[] {
  return [...one].flatMap(([id, { question }]) => (other.has(id) ? [] : question.adminName));
}

function compareQuestion(was: PlacedQuestion, is: PlacedQuestion): string[] {
  return [
    ...phrase("type", was.question.type, is.question.type),
    ...phrase("repeated under", was.enumerator ?? "nothing", is.enumerator ?? "nothing"),
    ...(was.question.text === is.question.text ? [] : ["text"]),
    ...(was.question.helpText === is.question.helpText ? [] : ["help text"]),
    ...compareOptions(was.question, is.question),
  ];
}

function compareOptions({ options: old }: Question, { options: young }: Question): string[] {
  if (old === null && young === null) return [];
  const before = new Map((old ?? []).map((option) => [option.adminName, option]));
  const after = new Map((young ?? []).map((option) => [option.adminName, option]));
  const added = [...after.keys()].filter((name) => !before.has(name));
  const removed = [...before.keys()].filter((name) => !after.has(name));
  const kept = [...after.values()].flatMap((is) => {
    const was = before.get(is.adminName);
    return was === undefined ? [] : { was, is };
  });
  const turned = (isOffered: boolean) =>
    kept.filter(({ was, is }) => was.isOffered !== isOffered && is.isOffered === isOffered);
  const namesOf = (pairs: typeof kept) => pairs.map(({ is }) => is.adminName);
  const order = (all: ReadonlyMap<string, unknown>, others: ReadonlyMap<string, unknown>) =>
    JSON.stringify([...all.keys()].filter((name) => others.has(name)));
  return [
    ...list("options added", added),
    ...list("options removed", removed),
    ...list("no longer offered", namesOf(turned(false))),
    ...list("offered again", namesOf(turned(true))),
    ...list("text of options", namesOf(kept.filter(({ was, is }) => was.text !== is.text))),
    ...(order(before, after) === order(after, before) ? [] : ["order of options"]),
  ];
}

function phrase(what: string, before: string, after: string): string[] {
  return before === after ? [] : [`${what}: ${before} → ${after}`];
}

function list(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}`];
}

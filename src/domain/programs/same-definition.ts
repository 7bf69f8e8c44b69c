/**
 * Tells whether two exports say the same program, whatever ids CiviForm gave to it: every export of
 * one program has other ids (spec 5: no new version "when nothing but ids changed").
 */

interface Names {
  readonly questions: ReadonlyMap<unknown, string>;
  readonly blocks: ReadonlyMap<unknown, string>;
  /** By question id: option names by option id. */
  readonly options: ReadonlyMap<unknown, ReadonlyMap<string, string>>;
}

/** What an `id` means in the objects below this key. Undefined: it only tells the object apart, and goes. */
const idsBelow: Readonly<Record<string, (id: unknown, names: Names) => unknown>> = {
  program: () => undefined,
  config: () => undefined,
  questionOptions: () => undefined,
  options: () => undefined,
  displayableOptions: () => undefined,
  questionDefinitions: (id, names) => names.questions.get(id),
  blockDefinitions: (id, names) => names.blocks.get(id),
};

/** What a reference under this key points at. */
const references: Readonly<Record<string, (id: unknown, names: Names) => unknown>> = {
  questionId: (id, names) => names.questions.get(id) ?? id,
  enumeratorId: (id, names) => names.questions.get(id) ?? id,
  repeaterId: (id, names) => names.blocks.get(id) ?? id,
};

type JsonObject = Readonly<Record<string, unknown>>;

/** Whether two definitions that were read without complaint differ in more than ids. */
export function isSameDefinition(one: string, other: string): boolean {
  return one === other || canonicalText(one) === canonicalText(other);
}

/** A definition with names for ids, members by name, and questions in no order but their own. */
function canonicalText(definition: string): string {
  const document = asObject(JSON.parse(definition));
  const names = collectNames(document);
  const rest = Object.entries(document).filter(([key]) => key !== "questions");
  const questions = asList(document.questions).map((question) =>
    JSON.stringify(canonicalise(question, "questions", names)),
  );
  const body = canonicalise(Object.fromEntries(rest), "", names);
  return JSON.stringify([body, questions.sort()]);
}

function collectNames(document: JsonObject): Names {
  const questions = new Map<unknown, string>();
  const options = new Map<unknown, Map<string, string>>();
  const seen = new Map<unknown, number>();
  for (const question of asList(document.questions).map(asObject)) {
    const { id, name } = asObject(question.config);
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    questions.set(id, JSON.stringify([name, count]));
    const choices = asList(question.questionOptions).map(asObject);
    options.set(
      id,
      new Map(choices.map((choice) => [String(choice.id), String(choice.adminName)])),
    );
  }
  const blocks = asList(asObject(document.program).blockDefinitions).map(asObject);
  return {
    questions,
    options,
    blocks: new Map(blocks.map((block, index) => [block.id, `block ${index}`])),
  };
}

/** Objects become sorted lists of members: no member can be taken for a prototype. */
function canonicalise(value: unknown, key: string, names: Names): unknown {
  if (Array.isArray(value)) return value.map((element) => canonicalise(element, key, names));
  if (typeof value !== "object" || value === null) {
    return Object.hasOwn(references, key) ? references[key]?.(value, names) : value;
  }
  const object = asObject(value);
  return Object.entries(object)
    .map(([name, member]) => [name, canonicaliseMember(name, member, object, key, names)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

function canonicaliseMember(
  name: string,
  member: unknown,
  object: JsonObject,
  key: string,
  names: Names,
): unknown {
  if (name === "id" && Object.hasOwn(idsBelow, key)) return idsBelow[key]?.(member, names);
  if (name === "value" && "questionId" in object) return nameOptions(object, names);
  return canonicalise(member, name, names);
}

/** The value of a predicate, with option names where it holds option ids (`["1"]`). */
function nameOptions(predicate: JsonObject, names: Names): unknown {
  const { value, ...rest } = asObject(predicate.value);
  const options = names.options.get(predicate.questionId);
  const named = String(value).replace(/[^[\]",\s]+/g, (id) => options?.get(id) ?? id);
  return [canonicalise(rest, "value", names), named];
}

function asObject(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

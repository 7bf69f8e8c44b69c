/**
 * Tells whether two exports describe the same program. CiviForm writes other ids into every export of
 * a program, so ids don't count.
 */

interface Names {
  readonly questions: ReadonlyMap<unknown, string>;
  readonly blocks: ReadonlyMap<unknown, string>;
  /** By question id: option names by option id. */
  readonly options: ReadonlyMap<unknown, ReadonlyMap<string, string>>;
}

/** What an `id` refers to in the objects under this key. Undefined: it refers to nothing and is dropped. */
const idsBelow: Readonly<Record<string, (id: unknown, names: Names) => unknown>> = {
  program: () => undefined,
  config: () => undefined,
  questionOptions: () => undefined,
  options: () => undefined,
  displayableOptions: () => undefined,
  questionDefinitions: (id, names) => names.questions.get(id),
  blockDefinitions: (id, names) => names.blocks.get(id),
};

/** What a reference under this key refers to. */
const references: Readonly<Record<string, (id: unknown, names: Names) => unknown>> = {
  questionId: (id, names) => names.questions.get(id) ?? id,
  enumeratorId: (id, names) => names.questions.get(id) ?? id,
  repeaterId: (id, names) => names.blocks.get(id) ?? id,
};

type JsonObject = Readonly<Record<string, unknown>>;

/** Whether two valid definitions are the same apart from ids. */
export function isSameDefinition(one: string, other: string): boolean {
  return one === other || canonicalText(one) === canonicalText(other);
}

/** A definition with names in place of ids, and with members and questions sorted. */
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
    options.set(id, new Map(choices.map((choice) => [String(choice.id), String(choice.adminName)])));
  }
  const blocks = asList(asObject(document.program).blockDefinitions).map(asObject);
  return {
    questions,
    options,
    blocks: new Map(blocks.map((block, index) => [block.id, `block ${index}`])),
  };
}

/** Objects become sorted lists of members, so that `__proto__` is a member like any other. */
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

function canonicaliseMember(name: string, member: unknown, object: JsonObject, key: string, names: Names): unknown {
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
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

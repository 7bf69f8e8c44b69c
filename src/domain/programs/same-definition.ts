/**
 * Tells whether two exports describe the same program. CiviForm writes other ids into every export of
 * a program, so ids don't count.
 */
import { isMembers, type JsonMembers } from "../../lib/json/unknown.ts";

interface Names {
  readonly questions: ReadonlyMap<unknown, string>;
  readonly blocks: ReadonlyMap<unknown, string>;
  /** By question id: option names by option id. */
  readonly options: ReadonlyMap<unknown, ReadonlyMap<string, string>>;
}

/** What an `id` refers to in the objects under this key. Undefined: it refers to nothing and doesn't count. */
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

/** Whether two valid definitions are the same apart from ids, and from the order of members and questions. */
export function isSameDefinition(one: string, other: string): boolean {
  if (one === other) return true;
  const before = readDefinition(one);
  const after = readDefinition(other);

  function isSame(was: unknown, is: unknown, key: string): boolean {
    if (Array.isArray(was)) {
      return Array.isArray(is) && was.length === is.length && was.every((each, index) => isSame(each, is[index], key));
    }
    if (!isMembers(was)) {
      const find = Object.hasOwn(references, key) ? references[key] : undefined;
      return find === undefined ? was === is : find(was, before) === find(is, after);
    }
    if (!isMembers(is)) return false;
    const members = Object.keys(was);
    return (
      members.length === Object.keys(is).length &&
      members.every((name) => Object.hasOwn(is, name) && isSameMember(name, was, is, key))
    );
  }

  function isSameMember(name: string, was: JsonMembers, is: JsonMembers, key: string): boolean {
    if (name === "id" && Object.hasOwn(idsBelow, key)) {
      return idsBelow[key]?.(was.id, before) === idsBelow[key]?.(is.id, after);
    }
    if (name !== "value" || !Object.hasOwn(was, "questionId")) return isSame(was[name], is[name], name);
    const [old, young] = [nameOptions(was, before), nameOptions(is, after)];
    return old.named === young.named && isSame(old.rest, young.rest, name);
  }

  return (
    isSame({ ...before.document, questions: null }, { ...after.document, questions: null }, "") &&
    before.questionsByName.size === after.questionsByName.size &&
    [...before.questionsByName].every(([name, was]) => isSame(was, after.questionsByName.get(name), "questions"))
  );
}

function readDefinition(definition: string) {
  const document = asObject(JSON.parse(definition));
  const questionsByName = new Map<string, JsonMembers>();
  const questions = new Map<unknown, string>();
  const options = new Map<unknown, Map<string, string>>();
  const seen = new Map<unknown, number>();
  for (const question of asList(document.questions).map(asObject)) {
    const { id, name } = asObject(question.config);
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    const uniqueName = JSON.stringify([name, count]);
    questionsByName.set(uniqueName, question);
    questions.set(id, uniqueName);
    const choices = asList(question.questionOptions).map(asObject);
    options.set(id, new Map(choices.map((choice) => [String(choice.id), String(choice.adminName)])));
  }
  const listed = asList(asObject(document.program).blockDefinitions).map(asObject);
  const blocks = new Map(listed.map((block, index) => [block.id, `block ${index}`]));
  return { document, questionsByName, questions, options, blocks };
}

/** The value of a predicate, with option names where it holds option ids (`["1"]`). */
function nameOptions(predicate: JsonMembers, names: Names): { named: string; rest: JsonMembers } {
  const { value, ...rest } = asObject(predicate.value);
  const options = names.options.get(predicate.questionId);
  return { named: String(value).replace(/[^[\]",\s]+/g, (id) => options?.get(id) ?? id), rest };
}

function asObject(value: unknown): JsonMembers {
  return isMembers(value) ? value : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

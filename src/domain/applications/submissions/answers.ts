/** Checks the answers of a new application against its version, and completes them as the API serves them. */
import type { JsonPath, ProblemList } from "../../../lib/json/problem-list.ts";
import { isStorableText } from "../../../lib/json/storable.ts";
import { isJsonObject, type JsonObject, type JsonValue, memberOf, setMember } from "../../../lib/json/text.ts";
import type { AskedQuestion, AskedQuestions } from "../../programs/questions/asked.ts";
import { answerFields, type FieldKind, unansweredText } from "../../programs/questions/types.ts";
import { checkCount, notStorable, type Place, readList, valueReaders } from "./answer-values.ts";

/** So many answers may be in the entities of one application: a short text must not become a huge one. */
const repeatedAnswersMax = 20_000;

/** What is written down while answers are read. */
interface Reading {
  readonly problems: ProblemList;
  repeatedAnswers: number;
}

/**
 * The complete answers: every question in the version's order, with every field of its type, empty
 * texts as null. An answer or a field that is left out, or null, is unanswered: whether a question was
 * shown at all depends on answers and rules that are CiviForm's. What is wrong goes to `problems`;
 * then what comes back means nothing.
 */
export function readSubmittedAnswers(
  given: JsonObject,
  asked: AskedQuestions,
  { path, problems }: { path: JsonPath; problems: ProblemList },
): JsonObject {
  return readLevel(given, asked, path, { problems, repeatedAnswers: 0 });
}

/** The answers to the questions of one level; `others` are members that are no answers. */
function readLevel(
  given: JsonObject,
  asked: AskedQuestions,
  path: JsonPath,
  reading: Reading,
  others: readonly string[] = [],
): JsonObject {
  for (const name of Object.keys(given)) {
    if (asked.has(name) || others.includes(name)) continue;
    reading.problems.add([...path, name], "The program asks no such question.");
  }
  const answers: JsonObject = {};
  for (const [key, question] of asked) {
    const answer = memberOf(given, key);
    const complete =
      answer === undefined
        ? JSON.parse(unansweredText(question.type))
        : readAnswer(answer, question, [...path, key], reading);
    setMember(answers, key, complete);
  }
  return answers;
}

function readAnswer(given: JsonValue, question: AskedQuestion, path: JsonPath, reading: Reading): JsonValue {
  const { problems } = reading;
  const { type } = question;
  if (!isJsonObject(given)) {
    problems.add(path, "An answer must be an object.");
    return given;
  }
  const fields = Object.entries<FieldKind>(answerFields[type]);
  for (const name of Object.keys(given)) {
    if (name === "question_type" || fields.some(([field]) => field === name)) continue;
    problems.add([...path, name], `An answer of type ${type} has no such field.`);
  }
  if (memberOf(given, "question_type") !== type) {
    problems.add([...path, "question_type"], `It must be "${type}".`);
  }
  const answer: JsonObject = { question_type: type };
  for (const [name, kind] of fields) {
    const value = memberOf(given, name) ?? undefined;
    const place = { name, question, path: [...path, name] };
    answer[name] =
      kind === "entities" ? readEntities(value, place, reading) : valueReaders[kind](value, place, problems);
  }
  return answer;
}

function readEntities(value: JsonValue | undefined, place: Place, reading: Reading): JsonValue {
  const { question, path } = place;
  const { problems } = reading;
  const elements = readList(value, path, problems);
  checkCount(elements.length, place, problems);
  reading.repeatedAnswers += elements.length * (1 + question.repeated.size);
  if (reading.repeatedAnswers > repeatedAnswersMax) {
    problems.add(path, "These are more entities than an application may have.");
    return [];
  }
  const names = new Set<string>();
  return elements.map((element, index) => readEntity(element, { question, path: [...path, index], names }, reading));
}

function readEntity(
  given: JsonValue,
  entity: { question: AskedQuestion; path: JsonPath; names: Set<string> },
  reading: Reading,
): JsonValue {
  const { question, path, names } = entity;
  const { problems } = reading;
  if (!isJsonObject(given)) {
    problems.add(path, "An entity must be an object.");
    return given;
  }
  const namePath = [...path, "entity_name"];
  const value = memberOf(given, "entity_name");
  const name = typeof value === "string" ? value : "";
  if (name.trim() === "") problems.add(namePath, "It must be a text with a name.");
  else if (!isStorableText(name)) problems.add(namePath, notStorable);
  else if (names.has(name)) problems.add(namePath, "Another entity has this name.");
  names.add(name);
  const answers = readLevel(given, question.repeated, path, reading, ["entity_name"]);
  return { entity_name: name, ...answers };
}

/** Reads the questions of an export in the order of its blocks, or says why they are refused. */
import { DomainError } from "../../../lib/errors.ts";
import type { JsonMembers } from "../../../lib/json/unknown.ts";
import { readLocalized, requireInteger, requireList, requireObject, requireText } from "./exported-values.ts";
import { type Question, type QuestionOption, questionKey, reservedKeys } from "./tree.ts";
import { findQuestionType, hasOptions } from "./types.ts";

type QuestionsById = ReadonlyMap<number, Question>;

/** How deep enumerators can be nested: deeper answers could not be read. */
const nestingMax = 1000;

/**
 * Reads the questions that the blocks ask, each once, where a block first names it. An enumerator
 * that no block names, but that a repeated question needs, comes before that question.
 */
export function readExportedQuestions(exported: {
  questions: readonly unknown[];
  blocks: readonly unknown[];
}): Question[] {
  const byId = readQuestions(exported.questions);
  for (const question of byId.values()) checkEnumerators(question, byId);
  const asked = new Set(exported.blocks.flatMap((block, index) => readBlock(block, index, byId)));
  const ordered = new Set<Question>();
  for (const question of asked) {
    const missing = listEnumerators(question, byId).filter((enumerator) => !asked.has(enumerator));
    for (const each of [...missing.reverse(), question]) ordered.add(each);
  }
  return [...ordered];
}

function readQuestions(questions: readonly unknown[]): QuestionsById {
  const byId = new Map<number, Question>();
  questions.forEach((exported, index) => {
    const question = readQuestion(requireObject(exported, `questions[${index}]`), index);
    const other = byId.get(question.id);
    if (other !== undefined) {
      throw invalid(`"${other.adminName}" and "${question.adminName}" both have id ${question.id}.`);
    }
    byId.set(question.id, question);
  });
  return byId;
}

function readQuestion(exported: JsonMembers, index: number): Question {
  const what = `questions[${index}]`;
  const exportType = requireText(exported.type, `${what}.type`);
  const config = requireObject(exported.config, `${what}.config`);
  const adminName = requireText(config.name, `${what}.config.name`);
  const key = questionKey(adminName);
  if (reservedKeys.has(key)) {
    throw invalid(`The question name "${adminName}" is not allowed: its key ${key} is reserved.`);
  }
  const { enumeratorId } = config;
  return {
    id: requireInteger(config.id, `${what}.config.id`),
    adminName,
    key,
    type: readType(exportType, exported.multiOptionQuestionType, adminName),
    text: readLocalized(config.questionText, `${what}.config.questionText`),
    helpText: readLocalized(config.questionHelpText, `${what}.config.questionHelpText`),
    options: hasOptions(exportType) ? readOptions(exported.questionOptions, what) : null,
    enumeratorId:
      enumeratorId === undefined || enumeratorId === null
        ? null
        : requireInteger(enumeratorId, `${what}.config.enumeratorId`),
  };
}

function readType(exportType: string, optionType: unknown, adminName: string) {
  const type = findQuestionType(exportType, typeof optionType === "string" ? optionType : undefined);
  if (type !== undefined) return type;
  throw hasOptions(exportType)
    ? invalid(`Question "${adminName}" has an unknown option type: ${JSON.stringify(optionType)}.`)
    : invalid(`Question "${adminName}" has an unknown type: "${exportType}".`);
}

function readOptions(exported: unknown, what: string): QuestionOption[] {
  return requireList(exported, `${what}.questionOptions`).map((value, index) => {
    const name = `${what}.questionOptions[${index}]`;
    const option = requireObject(value, name);
    return {
      adminName: requireText(option.adminName, `${name}.adminName`),
      text: readLocalized(option.localizedOptionText, `${name}.localizedOptionText`),
      isOffered: option.displayInAnswerOptions !== false,
    };
  });
}

function readBlock(exported: unknown, index: number, byId: QuestionsById): Question[] {
  const what = `program.blockDefinitions[${index}]`;
  const block = requireObject(exported, what);
  const references = requireList(block.questionDefinitions ?? [], `${what}.questionDefinitions`);
  return references.map((value, position) => {
    const name = `${what}.questionDefinitions[${position}]`;
    const id = requireInteger(requireObject(value, name).id, `${name}.id`);
    const question = byId.get(id);
    if (question === undefined) {
      throw invalid(`Block ${index + 1} names question ${id}, which is not in the export.`);
    }
    return question;
  });
}

/** Refuses a missing enumerator, one that is another type of question, and one that contains itself. */
function checkEnumerators(question: Question, byId: QuestionsById): void {
  const { adminName, enumeratorId } = question;
  if (enumeratorId === null) return;
  const enumerator = byId.get(enumeratorId);
  if (enumerator === undefined) {
    throw invalid(`Question "${adminName}" names enumerator ${enumeratorId}, which is not in the export.`);
  }
  if (enumerator.type !== "ENUMERATOR") {
    throw invalid(`"${adminName}" is repeated under "${enumerator.adminName}", which is not an enumerator.`);
  }
  listEnumerators(question, byId);
}

/** The enumerators that a question is repeated under, the nearest first. */
function listEnumerators(question: Question, byId: QuestionsById): Question[] {
  const found = new Set<Question>();
  let above = byId.get(question.enumeratorId ?? Number.NaN);
  while (above !== undefined) {
    if (found.has(above)) {
      throw invalid(`The enumerators of question "${question.adminName}" contain each other.`);
    }
    found.add(above);
    if (found.size > nestingMax) throw invalid(`Enumerators can be nested ${nestingMax} deep at most.`);
    above = byId.get(above.enumeratorId ?? Number.NaN);
  }
  return [...found];
}

function invalid(message: string): DomainError {
  return new DomainError("invalid", message);
}

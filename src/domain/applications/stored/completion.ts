/** Makes stored answers whole when they are read: the union rule, and versions that came later. */
import { createDatabaseCache } from "../../../db/cache.ts";
import type { Database } from "../../../db/client.ts";
import { isJsonObject, type JsonObject, parseStoredJson, writeJson } from "../../../lib/json/text.ts";
import type { GrantedQuestions } from "../../access/questions.ts";
import { loadProgramQuestions } from "../../programs/questions/of-version.ts";
import type { ExpectedQuestions } from "../../programs/questions/tree.ts";
import { normaliseAnswers } from "./answers.ts";
import { escapeLineSeparators } from "./head.ts";
import { loadOutlines } from "./outlines.ts";
import { createShown, removeHidden, removeHiddenAnswers, type Shown } from "./shown.ts";
import { missingAnswers, type QuestionUnion, uniteQuestions } from "./union.ts";

/** What the answers of one outline need. */
export interface Completion {
  /**
   * The end of the application's text: a comma and the missing answers, then the braces of the answers and the
   * application. Worked out when it is first read: tables never read it.
   */
  readonly tail: Buffer;
  /** The questions for their entities, when those were not known at import. */
  readonly entityQuestions: ExpectedQuestions | undefined;
  /** What stays of an application. */
  readonly shown: Shown;
}

const tailBytesKeptMax = 64 * 1024 * 1024;
/** A tail depends on an outline and on the published versions, and both never change. */
const keptTails = createDatabaseCache<string, Buffer>(tailBytesKeptMax, ({ length }) => length);
const unionsKeptMax = 100;
const keptUnions = createDatabaseCache<string, QuestionUnion>(unionsKeptMax);

/**
 * Prepares to complete answers of these outlines, for somebody who is shown these questions. Each outline is worked out
 * once, when it is first asked for: with thousands of questions that takes milliseconds. Throws for any other outline.
 */
export async function loadCompletions(
  db: Database,
  input: { programId: number; questions: GrantedQuestions; outlineIds: ReadonlySet<number> },
): Promise<(outlineId: number) => Completion> {
  const shown = createShown(input.questions);
  const kept = keptTails(db);
  const { versions } = await loadProgramQuestions(db, input.programId);
  const outlines = await loadOutlines(db, input.outlineIds);
  const published = versions.filter(({ isPublished }) => isPublished);
  const publishedIds = published.map(({ id }) => id).join();
  const union = keptUnions(db).get(publishedIds) ?? uniteQuestions(published.map(({ expected }) => expected));
  keptUnions(db).set(publishedIds, union);
  const completions = new Map<number, Completion>();

  function complete(outlineId: number): Completion {
    const outline = outlines.get(outlineId);
    if (outline === undefined) throw new Error(`Outline ${outlineId} is not there`);
    const own = versions.find((version) => version.id === outline.programVersionId);
    // A draft may still change, and grants are many: what depends on one is worked out each time.
    const isLasting = shown.isWhole && (own === undefined || own.isPublished);
    const name = `${outlineId} ${publishedIds}`;
    let tail = isLasting ? kept.get(name) : undefined;
    const { questionKeys } = outline;
    return {
      get tail() {
        if (tail !== undefined) return tail;
        tail = writeTail(missingAnswers({ storedKeys: new Set(questionKeys), union, own: own?.expected, shown }));
        if (isLasting) kept.set(name, tail);
        return tail;
      },
      entityQuestions: outline.completedBy === "import" ? own?.expected : undefined,
      shown,
    };
  }

  return (outlineId) => {
    const completion = completions.get(outlineId) ?? complete(outlineId);
    completions.set(outlineId, completion);
    return completion;
  };
}

function writeTail(missing: string): Buffer {
  return Buffer.from(missing === "" ? "}}" : `,${missing}}}`);
}

/** Stored answers as they are shown, with complete entities, but without the unanswered questions in `tail`: there may be thousands. */
export function readGivenAnswers(stored: Buffer, { entityQuestions, shown }: Completion): JsonObject {
  const answers = parseStoredJson(stored.toString());
  if (!isJsonObject(answers)) throw new Error("answers that are no JSON object");
  if (entityQuestions !== undefined) normaliseAnswers(answers, entityQuestions);
  removeHiddenAnswers(answers, shown);
  return answers;
}

/**
 * An application as the API serves it, in two pieces to put together. `stored` is its head and its stored answers,
 * without the application's closing brace.
 */
export function completeApplication(stored: Buffer, completion: Completion): readonly [Buffer, Buffer] {
  const { tail, entityQuestions, shown } = completion;
  if (entityQuestions === undefined && shown.isWhole) return putBehind(stored, tail);
  // The slow way, for keys that are not shown everything, and for the few that were imported before their version.
  const application = parseStoredJson(`${stored}}`);
  if (!isJsonObject(application)) throw new Error("an application that is no JSON object");
  if (entityQuestions && isJsonObject(application.application))
    normaliseAnswers(application.application, entityQuestions);
  removeHidden(application, shown);
  return putBehind(Buffer.from(escapeLineSeparators(writeJson(application))).subarray(0, -1), tail);
}

const openingBrace = 0x7b;

function putBehind(text: Buffer, tail: Buffer): readonly [Buffer, Buffer] {
  const isFirst = text[text.length - 2] === openingBrace && tail.length > 2;
  return [text.subarray(0, -1), isFirst ? tail.subarray(1) : tail];
}

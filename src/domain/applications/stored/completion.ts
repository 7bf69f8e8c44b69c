/** Makes stored answers whole when they are read: the union rule, and versions that came later (spec 4, spec 5). */
import { createDatabaseCache } from "../../../db/cache.ts";
import type { Database } from "../../../db/client.ts";
import { type ByteWriter, utf8 } from "../../../lib/json/byte-writer.ts";
import { closingBrace, comma } from "../../../lib/json/marks.ts";
import { JsonObject } from "../../../lib/json/object.ts";
import { parseJsonText, writeJsonText } from "../../../lib/json/text.ts";
import type { ProgramQuestions } from "../../programs/questions/of-version.ts";
import type { ExpectedQuestions } from "../../programs/questions/tree.ts";
import { normaliseAnswers } from "./answers.ts";
import { type ApplicationShape, loadShapes } from "./shapes.ts";
import { missingAnswers } from "./union.ts";

/** What the answers of one shape need. */
export interface Completion {
  /** Members for their end: the text of a JSON object without its braces. */
  readonly missing: Uint8Array;
  /** The questions for their entities, when those were not known at import. */
  readonly entityQuestions: ExpectedQuestions | undefined;
}

/** Of `{}`. */
const emptyLength = 2;
const missingKeptMax = 2000;
/** What is missing depends on a shape and on the published versions, and both never change. */
const keptMissing = createDatabaseCache<string, Uint8Array>(missingKeptMax);

/** Works out the completion of each shape; of shapes met before it is known. */
export async function loadCompletions(
  db: Database,
  input: { shapeIds: ReadonlySet<number>; questions: ProgramQuestions },
): Promise<ReadonlyMap<number, Completion>> {
  const kept = keptMissing(db);
  const { versions } = input.questions;
  const published = versions.filter(({ isPublished }) => isPublished);
  const publishedIds = published.map(({ id }) => id).join();
  const completions = new Map<number, Completion>();
  for (const [id, shape] of await loadShapes(db, input.shapeIds)) {
    const own = versions.find((version) => version.id === shape.programVersionId);
    // A draft may still change: what depends on one is worked out each time.
    const isLasting = own === undefined || own.isPublished;
    const name = `${id} ${publishedIds}`;
    const missing =
      (isLasting ? kept.get(name) : undefined) ??
      utf8(
        missingAnswers({
          storedKeys: new Set(shape.questionKeys),
          published: published.map(({ expected }) => expected),
          own: own?.expected,
        }),
      );
    if (isLasting) kept.set(name, missing);
    completions.set(id, { missing, entityQuestions: lateQuestions(shape, own?.expected) });
  }
  return completions;
}

function lateQuestions(shape: ApplicationShape, own: ExpectedQuestions | undefined) {
  return shape.completedBy === "import" ? own : undefined;
}

/** Writes stored answers as the API serves them: with what they lack at their end. */
export function writeAnswers(
  out: ByteWriter,
  stored: Uint8Array,
  completion: Completion | undefined,
): void {
  const answers = completion?.entityQuestions
    ? completeEntities(stored, completion.entityQuestions)
    : stored;
  if (completion === undefined || completion.missing.length === 0) {
    out.writeBytes(answers);
    return;
  }
  out.writePart(answers, 0, answers.length - 1);
  if (answers.length > emptyLength) out.writeByte(comma);
  out.writeBytes(completion.missing);
  out.writeByte(closingBrace);
}

/** The slow way, for the few that were imported before their version. */
function completeEntities(stored: Uint8Array, expected: ExpectedQuestions): Uint8Array {
  const answers = parseJsonText(new TextDecoder().decode(stored));
  if (!(answers instanceof JsonObject)) return stored;
  normaliseAnswers(answers, expected);
  return utf8(writeJsonText(answers));
}

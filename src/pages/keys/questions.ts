/** The choice of questions in the forms about a key. */
import type { Database } from "../../db/client.ts";
import {
  type GrantForm,
  type HeldGrant,
  questionField,
  questionsField,
} from "../../domain/access/keys/question-form.ts";
import { createKeyTest, questionModes } from "../../domain/access/questions.ts";
import { findProgramBySlug } from "../../domain/programs/find.ts";
import { listQuestionEntries, type QuestionEntry } from "../../domain/programs/questions/entries.ts";
import type { OfferedQuestions } from "../../views/keys/question-choice.tsx";

/**
 * Changes a new key's form as its buttons ask: `choose` opens the questions of a program, and `leaveOut` chooses all
 * of them but the personal ones. Either asks to read the program as well.
 */
export async function chooseQuestionsIn(db: Database, fields: URLSearchParams): Promise<void> {
  const leftOut = fields.get("leaveOut");
  const slug = leftOut ?? fields.get("choose");
  if (slug === null) return;
  fields.set(`grant-program-read[${slug}]`, "true");
  fields.set(questionsField(slug), leftOut === null ? "only" : "except");
  if (leftOut === null) return;
  fields.delete(questionField(slug));
  const personal = (await listEntries(db, slug)).filter(({ isPersonal }) => isPersonal);
  for (const { key } of personal) fields.append(questionField(slug), key);
}

/** By slug, the programs whose questions are chosen, with what there is to choose. `held` is what a key that is narrowed has. */
export async function offerQuestions(
  db: Database,
  { questions = [] }: GrantForm,
  held?: readonly HeldGrant[],
): Promise<Map<string, OfferedQuestions>> {
  const offered = new Map<string, OfferedQuestions>();
  for (const { slug, mode, keys } of questions) {
    if (mode === "all" && keys.length === 0) continue;
    const entries = await listEntries(db, slug);
    const had = held?.find((one) => one.slug === slug && one.permission === "READ")?.questions;
    const isOnly = had?.mode === "only";
    offered.set(slug, {
      ...{ mode, keys },
      entries: had && isOnly ? entries.filter(({ key }) => createKeyTest(had)(key)) : entries,
      modes: isOnly ? ["only"] : questionModes.filter((one) => one !== "all" || had?.mode !== "except"),
    });
  }
  return offered;
}

async function listEntries(db: Database, slug: string): Promise<QuestionEntry[]> {
  const program = await findProgramBySlug(db, slug);
  return program === undefined ? [] : listQuestionEntries(db, program.id);
}

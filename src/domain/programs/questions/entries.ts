/** The questions of a program, as somebody chooses what a key sees. */
import type { Database } from "../../../db/client.ts";
import { runSql } from "../../../db/run-sql.ts";
import { intermediaryEntry, noteEntry } from "../../access/questions.ts";
import { type DocumentedQuestion, documentAnswers } from "./documented.ts";
import type { AnswerType } from "./types.ts";

/** One entry to choose: the questions of all published versions that have this key. */
export interface QuestionEntry {
  readonly key: string;
  /** As admins call it. */
  readonly name: string;
  /** The types it has had; none for what is no question. */
  readonly types: readonly AnswerType[];
  /** What CiviForm's export says of it, such as `DEMOGRAPHIC_PII`. */
  readonly tags: readonly string[];
  /** Whether its tags or its type say that it tells who somebody is. */
  readonly isPersonal: boolean;
  /** The key of the enumerator that it is repeated under. */
  readonly enumerator: string | null;
}

const extraEntries: readonly QuestionEntry[] = [
  { key: noteEntry, name: "Note on the application", types: [], tags: [], isPersonal: true, enumerator: null },
  { key: intermediaryEntry, name: "Trusted intermediary", types: [], tags: [], isPersonal: true, enumerator: null },
];
const personalTypes: ReadonlySet<AnswerType> = new Set(["ADDRESS", "EMAIL", "FILE_UPLOAD", "ID", "NAME", "PHONE"]);
const isPersonalTag = (tag: string) => tag === "DEMOGRAPHIC_PII" || /APPLICANT_/.test(tag);

/** Lists the entries of a program: its questions, each key once, and what else of an application can be left out. */
export async function listQuestionEntries(db: Database, programId: number): Promise<QuestionEntry[]> {
  const { questions } = await documentAnswers(db, { programId, versionId: null });
  const tagsOf = await readTags(db, programId);
  const entries = new Map<string, QuestionEntry>();
  const add = (level: readonly DocumentedQuestion[], enumerator: string | null) => {
    for (const { key, question, types, repeated } of level) {
      const tags = tagsOf.get(question.adminName) ?? [];
      const isPersonal = tags.some(isPersonalTag) || types.some((type) => personalTypes.has(type));
      if (!entries.has(key)) entries.set(key, { key, name: question.adminName, types, tags, isPersonal, enumerator });
      add(repeated, key);
    }
  };
  add(questions, null);
  for (const entry of extraEntries) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  return [...entries.values()];
}

/** By admin name, those of the newest version that has the question. */
async function readTags(db: Database, programId: number): Promise<Map<string, string[]>> {
  const rows = await runSql<{ definition: string }>(
    db,
    `select definition from program_versions where program_id = $1 and stage <> 'draft'
     order by published_at, stage = 'active', id`,
    [programId],
  );
  return new Map(rows.flatMap(({ definition }) => listTags(JSON.parse(definition))));
}

/** The parts of an export that say it: each was imported, but nobody has looked at these. */
interface TaggedExport {
  readonly questions?: readonly { readonly questionTags?: unknown; readonly config?: TaggedConfig }[];
}
interface TaggedConfig {
  readonly name?: string;
  readonly universal?: unknown;
  readonly questionTags?: unknown;
  readonly primaryApplicantInfoTags?: unknown;
}

function listTags({ questions = [] }: TaggedExport): [name: string, tags: string[]][] {
  return questions.map(({ config = {}, questionTags }) => {
    const { name = "", universal, primaryApplicantInfoTags } = config;
    const listed = [questionTags, config.questionTags, primaryApplicantInfoTags].flatMap((tags) =>
      Array.isArray(tags) ? tags.map(String) : [],
    );
    const tags = new Set([...listed, ...(universal === true ? ["UNIVERSAL"] : [])]);
    return [name, [...tags].filter((tag) => tag !== "NON_DEMOGRAPHIC")];
  });
}

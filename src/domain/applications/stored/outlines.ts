/** Outlines: which questions stored answers hold. Applications that agree in it share a row, and the union rule's work. */
import { createDatabaseCache } from "../../../db/cache.ts";
import type { Database } from "../../../db/client.ts";
import { runPrepared, runSql } from "../../../db/run-sql.ts";
import type { JsonObject } from "../../../lib/json/text.ts";

/** What a set of applications has in common. A row of it never changes. */
export interface ApplicationOutline {
  /** The version that the applications were submitted to, or null when they did not say. */
  readonly programVersionId: string | null;
  /** `version`: entities hold their version's questions; `import`: that version was not published yet. */
  readonly completedBy: "version" | "import";
  /** The names of the members of `answers`, as JSON writes them. */
  readonly questionKeys: readonly string[];
}

/** The names of the members of answers, for their outline: PostgreSQL cannot keep every character of one as it is. */
export function listQuestionKeys(answers: JsonObject): string[] {
  return Object.keys(answers).map((key) => (/^\w*$/.test(key) ? key : JSON.stringify(key).slice(1, -1)));
}

const outlinesKeptMax = 5000;
const keptOutlines = createDatabaseCache<number, ApplicationOutline>(outlinesKeptMax);

/** One text for one outline, whatever the order of its keys. */
export function describeOutline(outline: ApplicationOutline): string {
  const keys = [...outline.questionKeys].sort();
  return JSON.stringify([outline.programVersionId, outline.completedBy, keys]);
}

/** Stores the outlines that are new, and gives the ids of all, in the order of `outlines`. */
export async function storeOutlines(
  db: Database,
  input: { programId: number; outlines: readonly ApplicationOutline[] },
): Promise<number[]> {
  const ids: number[] = [];
  for (const outline of input.outlines) ids.push(await storeOutline(db, input.programId, outline));
  return ids;
}

async function storeOutline(db: Database, programId: number, outline: ApplicationOutline): Promise<number> {
  const digest = new Bun.CryptoHasher("sha256").update(describeOutline(outline)).digest("hex");
  const find = () =>
    runPrepared<{ id: string }>(db, "select id from application_shapes where program_id = $1 and digest = $2", [
      programId,
      digest,
    ]);
  const [known] = await find();
  if (known !== undefined) return Number(known.id);
  const [added] = await runPrepared<{ id: string }>(
    db,
    `insert into application_shapes (program_id, program_version_id, completed_by, question_keys, digest)
     values ($1, $2, $3, $4, $5) on conflict (program_id, digest) do nothing returning id`,
    [programId, outline.programVersionId, outline.completedBy, [...outline.questionKeys].sort(), digest],
  );
  // Nothing was added: another transaction was first, and has committed by now.
  const id = added?.id ?? (await find())[0]?.id;
  if (id === undefined) throw new Error(`Outline ${digest} is neither there nor can it be added`);
  return Number(id);
}

/** Loads outlines by id; those that this process has seen cost nothing. */
export async function loadOutlines(
  db: Database,
  ids: ReadonlySet<number>,
): Promise<ReadonlyMap<number, ApplicationOutline>> {
  const kept = keptOutlines(db);
  const found = new Map<number, ApplicationOutline>();
  for (const id of ids) {
    const outline = kept.get(id);
    if (outline !== undefined) found.set(id, outline);
  }
  if (found.size === ids.size) return found;
  const rows = await runSql<ApplicationOutline & { id: string }>(
    db,
    `select id, program_version_id as "programVersionId", completed_by as "completedBy", question_keys as "questionKeys"
     from application_shapes where id = any($1::bigint[])`,
    [[...ids].filter((id) => !found.has(id)).map(String)],
  );
  for (const { id, ...outline } of rows) {
    kept.set(Number(id), outline);
    found.set(Number(id), outline);
  }
  return found;
}

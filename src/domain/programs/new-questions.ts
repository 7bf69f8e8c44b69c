/** The questions that publishing a version brings, and which keys see them. */
import type { Database } from "../../db/client.ts";
import { runSql } from "../../db/run-sql.ts";
import { createKeyTest, type GrantedQuestions } from "../access/questions.ts";
import { loadProgramQuestions } from "./questions/of-version.ts";
import type { ExpectedQuestions } from "./questions/tree.ts";

/** What a version brings, to the keys that work and may read the program. */
export interface NewQuestions {
  /** Those that no other published version asks, in the version's order. */
  readonly keys: readonly string[];
  /** Who sees at least one of them. */
  readonly seenBy: readonly Reader[];
  /** Who sees none of them. */
  readonly hiddenFrom: readonly Reader[];
}

interface Reader {
  readonly keyId: string;
  readonly name: string;
}

/** Tells what a version of a program brings, before it is published or after. Without new questions all lists are empty. */
export async function findNewQuestions(
  db: Database,
  input: { programId: number; version: number; now: Date },
): Promise<NewQuestions> {
  const id = String(input.version);
  const { versions } = await loadProgramQuestions(db, input.programId);
  const others = versions.filter((version) => version.isPublished && version.id !== id);
  const known = new Set(others.flatMap(({ expected }) => listPaths(expected)).map((path) => path.at(-1)));
  const paths = versions
    .filter((version) => version.id === id)
    .flatMap(({ expected }) => listPaths(expected))
    .filter((path) => !known.has(path.at(-1)));
  if (paths.length === 0) return { keys: [], seenBy: [], hiddenFrom: [] };
  const readers = await listReaders(db, input);
  const isSeen = ({ mode, keys }: GrantedQuestions) => {
    const hasKey = createKeyTest({ mode, keys });
    return paths.some((path) => path.every(hasKey));
  };
  const { seen = [], hidden = [] } = Object.groupBy(readers, (reader) => (isSeen(reader) ? "seen" : "hidden"));
  const named = (some: readonly Reader[]) => some.map(({ keyId, name }) => ({ keyId, name }));
  return {
    keys: [...new Set(paths.flatMap((path) => path.slice(-1)))],
    seenBy: named(seen),
    hiddenFrom: named(hidden),
  };
}

/** The keys of every question, each after those of the enumerators that it is repeated under: it is seen if all of them are. */
function listPaths(expected: ExpectedQuestions, above: readonly string[] = []): string[][] {
  return [...expected].flatMap(([key, { repeated }]) => {
    const path = [...above, key];
    return [path, ...listPaths(repeated, path)];
  });
}

function listReaders(db: Database, { programId, now }: { programId: number; now: Date }) {
  return runSql<Reader & GrantedQuestions>(
    db,
    `select key_id as "keyId", name, question_mode as mode, question_keys as keys
     from grants join api_keys on api_keys.id = api_key_id
     where program_id = $1 and permission = 'READ' and retired_at is null and expiration > $2::timestamptz
     order by name, key_id`,
    [programId, now.toISOString()],
  );
}

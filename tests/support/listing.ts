/** Applications as the API serves them, read without HTTP. */
import type { Database } from "../../src/db/client.ts";
import { type FoundRows, listApplications, positionOf } from "../../src/domain/applications/list.ts";
import type { PagePosition } from "../../src/domain/applications/page-tokens.ts";
import { createServedWriter } from "../../src/domain/applications/stored/served.ts";
import { grantOn } from "./imports.ts";

type Filter = Partial<Omit<Parameters<typeof listApplications>[1], "programId" | "columns">>;

/** One page of a program. */
export async function listPage(
  db: Database,
  slug: string,
  filter: Filter = {},
): Promise<{ applications: string[]; last: PagePosition | null; hasMore: boolean }> {
  const program = await grantOn(db, slug);
  const writer = createServedWriter(program, "\n");
  const found: FoundRows = await listApplications(db, {
    ...{ fromTime: null, toTime: null, revisionState: null, last: null },
    ...{ limit: 1000, bytesMax: Number.MAX_SAFE_INTEGER, ...filter },
    ...{ programId: program.programId, columns: writer.columns },
  });
  const { parts } = await writer.write(db, found.rows, Number.MAX_SAFE_INTEGER);
  const last = found.rows.at(-1);
  return {
    applications: Buffer.concat(parts).toString().split("\n").slice(0, -1),
    last: last === undefined ? null : positionOf(last),
    hasMore: found.hasMore,
  };
}

/** All applications of a program, newest first. */
export async function listAll(db: Database, slug: string, filter: Filter = {}): Promise<string[]> {
  return (await listPage(db, slug, filter)).applications;
}

/** What the page of one program lists: its versions, and the keys that hold grants on it. */
import { and, desc, eq, gt, isNull, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { apiKeys, grants, programVersions } from "../../db/schema.ts";
import { DomainError } from "../../lib/errors.ts";
import type { Permission } from "../access/grants.ts";
import { type ApiKeyState, stateOf } from "../access/keys/list.ts";
import { compareVersions, type ProgramChanges } from "./changes.ts";
import { parseProgramExport } from "./export.ts";
import { selectDraftAndActive } from "./versions.ts";

/** One version of a program. */
export interface ProgramVersion {
  readonly id: number;
  readonly stage: "draft" | "active" | "obsolete";
  readonly importedAt: Date;
  readonly publishedAt: Date | null;
  /** How many questions its blocks ask, as `programs import` counts them. */
  readonly questionCount: number;
}

/** A key that holds a grant on a program. */
export interface ProgramKey {
  readonly id: number;
  readonly keyId: string;
  readonly name: string;
  readonly state: ApiKeyState;
  readonly expiration: Date;
  readonly permissions: readonly Permission[];
}

/** A draft, and what its publication would change. */
export interface ProgramDraft {
  readonly version: number;
  /** The display name from then on. */
  readonly name: string;
  readonly questionCount: number;
  /** The version that is active now, and what differs from it; null for the first publication. */
  readonly comparison: { readonly version: number; readonly changes: ProgramChanges } | null;
}

/** The versions of a program: the draft, the active one, then the newest obsolete ones. */
export async function listProgramVersions(
  db: Database,
  input: { programId: number; limit: number },
): Promise<{ versions: ProgramVersion[]; hasMore: boolean }> {
  const { id, stage, importedAt, publishedAt, questions, programId } = programVersions;
  const found = await db
    .select({
      id,
      stage,
      importedAt,
      publishedAt,
      questionCount: sql<number>`jsonb_array_length(${questions})`,
    })
    .from(programVersions)
    .where(eq(programId, input.programId))
    .orderBy(sql`${publishedAt} desc nulls first, ${stage} = 'active' desc`, desc(id))
    .limit(input.limit + 1);
  return { versions: found.slice(0, input.limit), hasMore: found.length > input.limit };
}

/** The keys with grants on a program: those that work first, the newest of them first. */
export async function listProgramKeys(
  db: Database,
  input: { programId: number; now: Date; limit: number },
): Promise<{ apiKeys: ProgramKey[]; hasMore: boolean }> {
  const { id, keyId, name, expiration, retiredAt } = apiKeys;
  const works = and(isNull(retiredAt), gt(expiration, input.now));
  const found = await db
    .select({
      ...{ id, keyId, name, expiration, retiredAt },
      permissions: sql<Permission[]>`array_agg(${grants.permission} order by ${grants.permission})`,
    })
    .from(grants)
    .innerJoin(apiKeys, eq(id, grants.apiKeyId))
    .where(eq(grants.programId, input.programId))
    .groupBy(id)
    .orderBy(sql`(${works}) desc`, desc(id))
    .limit(input.limit + 1);
  return {
    apiKeys: found.slice(0, input.limit).map(({ retiredAt: at, ...key }) => ({
      ...key,
      state: stateOf({ retiredAt: at, expiration: key.expiration }, input.now),
    })),
    hasMore: found.length > input.limit,
  };
}

/** The draft of a program, beside the active version. Throws `conflict` when there is none. */
export async function getProgramDraft(db: Database, programId: number): Promise<ProgramDraft> {
  const found = await selectDraftAndActive(db, programId);
  const draft = found.find(({ stage }) => stage === "draft");
  const active = found.find(({ stage }) => stage === "active");
  if (draft === undefined) {
    throw new DomainError("conflict", "The program has no draft to publish.");
  }
  const exported = parseProgramExport(draft.definition);
  return {
    version: draft.id,
    name: exported.name,
    questionCount: exported.questions.length,
    comparison: active
      ? {
          version: active.id,
          changes: compareVersions(parseProgramExport(active.definition), exported),
        }
      : null,
  };
}

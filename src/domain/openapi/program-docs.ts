/** The docs of a program's versions as they are stored: made once, compressed, and served as bytes. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { programDocs } from "../../db/schema.ts";
import type { DefinitionTexts, DocumentedVersion } from "./documented-program.ts";
import type { Operation } from "./operations.ts";

/** The formats of the OpenAPI documents, by the names that callers use; the first is the default. */
export const documentFormats = ["openapi-v3", "swagger-v2"] as const;

/** One of them. */
export type DocumentFormat = (typeof documentFormats)[number];

/** A part of a version's docs: what its page shows, or a document. Others don't see what admins wrote for themselves. */
export type DocsKind = "page" | `${DocumentFormat} ${"yaml" | "json"} ${"admins" | "others"}`;

/** A version, and the routes that its docs describe. */
export interface WantedDocs {
  readonly version: DocumentedVersion;
  /** The routes of the API; only those of a program are used. */
  readonly operations: readonly Operation[];
}

/** Everything that the docs of a version are made from. */
export interface DocsSource extends WantedDocs {
  readonly definitions: readonly DefinitionTexts[];
  /** The origin of the public URL. */
  readonly baseUrl: string;
  readonly zone: string;
}

/** A part of the docs as bytes: text, compressed with gzip. */
export type PackedDocs = Uint8Array<ArrayBuffer>;

/** The docs of a version, all parts. */
export type DocsOfVersion = ReadonlyMap<DocsKind, PackedDocs>;

const gunzipAside = promisify(gunzip);

/** The text of docs, unpacked off the event loop. */
export async function unpackDocs(packed: PackedDocs): Promise<string> {
  return (await gunzipAside(packed)).toString();
}

/** The docs of all programs. */
export interface ProgramDocs {
  /** Reads docs, which are made now when they are not stored. Throws `unavailable` when that takes too long. */
  read(wanted: WantedDocs, kind: DocsKind): Promise<PackedDocs>;
  /** Begins to make the docs of a program that has just been imported or published. */
  prepare(program: { readonly slug: string; readonly operations: readonly Operation[] }): void;
  /** Stops making any. */
  close(): Promise<void>;
}

/** A version, and the digest of what its docs are made from. */
export interface StoredDocsKey {
  readonly version: number;
  readonly source: string;
}

/** Docs that were made from the same source; otherwise undefined. */
export async function findStoredDocs(
  db: Database,
  { version, source }: StoredDocsKey,
  kind: DocsKind,
): Promise<PackedDocs | undefined> {
  const { versionId, packed } = programDocs;
  const [found] = await db
    .select({ packed })
    .from(programDocs)
    .where(and(eq(versionId, version), eq(programDocs.kind, kind), eq(programDocs.source, source)));
  return found?.packed;
}

/** Stores the docs of a version instead of older ones, and deletes those of obsolete versions, which nobody can read. */
export async function storeDocs(db: Database, { version, source }: StoredDocsKey, docs: DocsOfVersion): Promise<void> {
  await db.transaction(async (tx) => {
    // A draft can be replaced at any time, but not before this transaction ends.
    const [found] = await tx.execute(sql`select 1 from program_versions where id = ${version} for key share`);
    if (found === undefined) return;
    await tx
      .insert(programDocs)
      .values([...docs].map(([kind, packed]) => ({ versionId: version, kind, source, packed })))
      .onConflictDoUpdate({
        target: [programDocs.versionId, programDocs.kind],
        set: { source, packed: sql`excluded.packed` },
      });
    await tx.execute(
      sql`delete from program_docs using program_versions
          where id = version_id and stage = 'obsolete'`,
    );
  });
}

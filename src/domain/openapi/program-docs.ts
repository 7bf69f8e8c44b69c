/** The docs of a program's versions: their page, and their documents. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { GrantedQuestions } from "../access/questions.ts";
import type { DefinitionTexts, DocumentedVersion } from "./documented-program.ts";
import type { Operation } from "./operations.ts";

/** The formats of the OpenAPI documents, by the names that callers use; the first is the default. */
export const documentFormats = ["openapi-v3", "swagger-v2"] as const;

/** One of them. */
export type DocumentFormat = (typeof documentFormats)[number];

/** A part of a version's docs: what its page shows, or a document. Only admins see what admins wrote for themselves. */
export type DocsPart =
  | "page"
  | { readonly format: DocumentFormat; readonly language: "yaml" | "json"; readonly isForAdmins: boolean };

/** A part of the docs of a version. */
export interface WantedDocs {
  readonly version: DocumentedVersion;
  readonly part: DocsPart;
  /** What the reader is shown: a key, what its grant shows. */
  readonly questions: GrantedQuestions;
  /** The routes of the API; only those of a program are used. */
  readonly operations: readonly Operation[];
}

/** Everything that docs are made from. */
export interface DocsSource extends WantedDocs {
  readonly definitions: DefinitionTexts;
  /** The origin of the public URL. */
  readonly baseUrl: string;
  readonly zone: string;
}

/** Docs as bytes: text, compressed with gzip. */
export type PackedDocs = Uint8Array<ArrayBuffer>;

const gunzipAside = promisify(gunzip);

/** The text of docs as bytes, unpacked off the event loop. Large ones have megabytes: have few at a time. */
export function unpackDocs(packed: PackedDocs): Promise<Buffer<ArrayBuffer>> {
  return gunzipAside(packed);
}

/** The same, piece by piece as its reader takes it. */
export function streamDocs(packed: PackedDocs): ReadableStream<PackedDocs> {
  return new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
}

/** The docs of all programs. */
export interface ProgramDocs {
  /** Reads docs, which are made now unless they are known. Throws `unavailable` when that takes too long. */
  read(wanted: WantedDocs): Promise<PackedDocs>;
  /** Stops making any; whoever waits gets `unavailable`. */
  close(): void;
}

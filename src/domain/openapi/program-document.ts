/** The formats of a program's document. */
import { openApi3Document } from "./program-openapi-3.ts";
import type { OpenApiDocument, ProgramDocumentInput } from "./program-paths.ts";
import { swagger2Document } from "./program-swagger-2.ts";

/** By the names that callers give them; the first is the default. */
export const programDocuments: ReadonlyMap<
  string,
  (input: ProgramDocumentInput) => OpenApiDocument
> = new Map([
  ["openapi-v3", openApi3Document],
  ["swagger-v2", swagger2Document],
]);

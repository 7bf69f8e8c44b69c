/** Makes a part of a version's docs. With 5,000 questions that takes a second or more. */
import { gzipSync } from "node:zlib";
import { documentProgram } from "../../domain/openapi/documented-program.ts";
import type { DocsSource, PackedDocs } from "../../domain/openapi/program-docs.ts";
import { programDocuments } from "../../domain/openapi/program-document.ts";
import { sampleResponse, sampleSubmission } from "../../domain/openapi/sample-response.ts";
import { writeYaml } from "../../lib/yaml.ts";
import { programReference } from "../../views/docs/program.tsx";

/** The docs, compressed. */
export function packDocs(source: DocsSource): PackedDocs {
  return gzipSync(writeDocs(source));
}

function writeDocs({ version, part, questions, definitions, operations, baseUrl, zone }: DocsSource): string {
  const program = documentProgram(version, definitions, questions);
  if (part === "page") {
    const sample = sampleResponse(program, { zone });
    return programReference({ program, sample, submission: sampleSubmission(program), baseUrl });
  }
  const described = part.isForAdmins ? program : { ...program, description: "" };
  const document = programDocuments[part.format]({ program: described, operations, baseUrl });
  return part.language === "yaml" ? writeYaml(document) : JSON.stringify(document);
}

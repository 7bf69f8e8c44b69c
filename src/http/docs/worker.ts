/** Makes the docs of a version in a thread of its own: with 5,000 questions they take seconds. */
import { gzipSync } from "node:zlib";
import { documentProgram } from "../../domain/openapi/documented-program.ts";
import { type DocsKind, type DocsSource, documentFormats } from "../../domain/openapi/program-docs.ts";
import { programDocuments } from "../../domain/openapi/program-document.ts";
import { sampleResponse, sampleSubmission } from "../../domain/openapi/sample-response.ts";
import { writeYaml } from "../../lib/yaml.ts";
import { programReference } from "../../views/docs/program.tsx";

declare const self: Worker;

self.onmessage = ({ data }: MessageEvent<DocsSource>) => {
  self.postMessage(new Map(writeDocs(data).map(([kind, text]) => [kind, gzipSync(text)])));
};

function writeDocs(source: DocsSource): [DocsKind, string][] {
  const { version, definitions, operations, baseUrl, zone } = source;
  const program = documentProgram(version, definitions);
  const sample = sampleResponse(program, { zone });
  const submission = sampleSubmission(program);
  const docs: [DocsKind, string][] = [["page", programReference({ program, sample, submission, baseUrl })]];
  for (const format of documentFormats) {
    for (const audience of ["admins", "others"] as const) {
      const described = audience === "admins" ? program : { ...program, description: "" };
      const document = programDocuments[format]({ program: described, operations, baseUrl });
      docs.push([`${format} yaml ${audience}`, writeYaml(document)]);
      docs.push([`${format} json ${audience}`, JSON.stringify(document)]);
    }
  }
  return docs;
}

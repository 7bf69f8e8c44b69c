/** Docs pages with sample programs, in every state. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getDocs, listDocs } from "../../src/api/application-docs.ts";
import { checkAuthRoutes } from "../../src/api/check-auth.ts";
import { submitDocs } from "../../src/api/submission-docs.ts";
import { allQuestions } from "../../src/domain/access/questions.ts";
import { createShown } from "../../src/domain/applications/stored/shown.ts";
import { apiSchemas } from "../../src/domain/openapi/api-document.ts";
import type { DocumentedProgram } from "../../src/domain/openapi/documented-program.ts";
import type { Operation } from "../../src/domain/openapi/operations.ts";
import { sampleResponse, sampleSubmission } from "../../src/domain/openapi/sample-response.ts";
import { parseProgramExport } from "../../src/domain/programs/civiform-export.ts";
import { type DocumentedQuestion, documentQuestions } from "../../src/domain/programs/questions/documented.ts";
import { createLimitReader, noLimits } from "../../src/domain/programs/questions/limits.ts";
import { apiDocsPage, apiReference } from "../../src/views/docs/api.tsx";
import {
  noProgramDocsPage,
  type ProgramDocsProps,
  programDocsPage,
  programReference,
} from "../../src/views/docs/program.tsx";
import type { PageContext } from "../../src/views/parts/layout.tsx";
import { pageOf } from "./page-walk.ts";

/** The text of a fixture. */
export function readFixture(name: string): string {
  return readFileSync(join(import.meta.dir, "../fixtures", name), "utf8");
}

const path = "/admin/programs/{programSlug}/applications";

/** Routes as the documents describe them. */
export const sampleOperations: readonly Operation[] = [
  { method: "get", path, docs: listDocs },
  { method: "get", path: `${path}/{applicationId}`, docs: getDocs },
  { method: "post", path, docs: submitDocs },
];

/** A program whose versions are these exports, the documented one last. */
export function documentExports(exports: readonly string[]): DocumentedProgram {
  const parsed = exports.map(parseProgramExport);
  const latest = parsed.at(-1);
  if (latest === undefined) throw new Error("A program needs a version.");
  return {
    slug: latest.slug,
    adminName: latest.adminName,
    name: latest.name,
    stage: "active",
    version: latest.programId,
    shown: createShown(allQuestions),
    description: "",
    questions: documentQuestions(
      parsed.map(({ questions }) => questions),
      createLimitReader(latest.definition),
    ),
  };
}

/** A program with the same text in every field. */
export function sampleDocumentedProgram(text: string): DocumentedProgram {
  const question = {
    id: 1,
    adminName: text,
    key: text,
    type: "SINGLE_SELECT",
    text,
    helpText: text,
    options: null,
    enumeratorId: null,
  } as const;
  const documented: DocumentedQuestion = {
    key: text,
    question,
    isAsked: false,
    types: ["SINGLE_SELECT", "TEXT"],
    options: { current: [text], earlier: [text] },
    limits: noLimits,
    hiddenNames: [text, text],
    repeated: [],
  };
  return {
    slug: text,
    adminName: text,
    name: text,
    stage: "draft",
    version: 1,
    shown: createShown(allQuestions),
    description: text,
    questions: [{ ...documented, repeated: [documented] }],
  };
}

const programs = [
  { slug: "every-question-type", name: "Every Question Type" },
  { slug: "sample-program", name: "sample-program" },
  { slug: "برنامج", name: "برنامج المساعدة السكنية" },
].map((program, index) => ({
  ...program,
  activeVersionId: index === 1 ? null : index,
  draftVersionId: index === 0 ? null : index,
}));

/** Every docs page by name. */
export function renderDocsSamples(page: PageContext): Record<string, string> {
  const baseUrl = "https://civikey.seattle.example.gov";
  const show = (program: DocumentedProgram) => {
    const { slug, stage } = program;
    const samples = {
      sample: sampleResponse(program, page),
      submission: sampleSubmission(program),
    };
    const documented = { program, reference: programReference({ program, ...samples, baseUrl }) };
    return programDocsPage({ page, programs, chosen: { slug, stage }, documented });
  };
  const missing: ProgramDocsProps = {
    page,
    programs,
    chosen: { slug: "sample-program", stage: "draft" },
    documented: undefined,
  };
  const everyType = readFixture("every-question-type-export.json");
  const real = readFixture("civiform-program-export.json");
  const operations = sampleOperations;
  const reference = apiReference({ operations, schemas: apiSchemas, baseUrl });
  const list = { found: pageOf(programs), search: "", seesDrafts: true };
  const whole = { page, ...list, operations, reference };
  // The others differ in what is above the reference, which the route without schemas stands for.
  const bare = checkAuthRoutes().map(({ path, docs }) => ({ method: "get" as const, path, docs }));
  const short = { operations: bare, schemas: {} };
  const api = { ...whole, ...short, reference: apiReference({ ...short, baseUrl }) };
  return {
    "docs-api": apiDocsPage(whole),
    "docs-api-signed-out": apiDocsPage({
      ...api,
      page: { ...page, email: null, nav: [] },
      found: pageOf([]),
    }),
    "docs-api-many-programs": apiDocsPage({
      ...api,
      found: { ...pageOf(programs, { total: { count: 120, hasMore: false } }), next: "sample-program" },
      search: "program",
    }),
    "docs-api-search-empty": apiDocsPage({ ...api, found: pageOf([]), search: "nothing like it" }),
    "docs-program-among-many": programDocsPage({ ...missing, programs: null }),
    "docs-program": show(documentExports([everyType])),
    "docs-program-versions": show({ ...documentExports([everyType, real]), stage: "draft" }),
    "docs-program-missing": programDocsPage(missing),
    "docs-no-program": noProgramDocsPage({ page }),
  };
}

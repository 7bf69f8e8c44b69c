/** Programs and applications as sample data, and their pages in every state. */

import { readApplicationAnswers } from "../../src/domain/applications/answer-reading.ts";
import { readApplicationRecord } from "../../src/domain/applications/imports/records.ts";
import { describeApplication } from "../../src/domain/applications/reading.ts";
import type { StatusChange } from "../../src/domain/applications/status.ts";
import { exportBytesMax, parseProgramExport } from "../../src/domain/programs/civiform-export.ts";
import type { ProgramKey } from "../../src/domain/programs/key-holders.ts";
import type { DescribedProgram } from "../../src/domain/programs/list.ts";
import { documentQuestions } from "../../src/domain/programs/questions/documented.ts";
import type { ProgramVersion } from "../../src/domain/programs/versions.ts";
import type { FieldProblems } from "../../src/lib/errors.ts";
import { isJsonObject, parseJson } from "../../src/lib/json/text.ts";
import { applicationPage } from "../../src/views/applications/application.tsx";
import { type EraseApplicationPageProps, eraseApplicationPage } from "../../src/views/applications/erase.tsx";
import { applicationsPage } from "../../src/views/applications/list.tsx";
import { applicationProgramsPage } from "../../src/views/applications/programs.tsx";
import type { PageContext } from "../../src/views/parts/layout.tsx";
import { importProgramPage } from "../../src/views/programs/import.tsx";
import { keepProgramPage } from "../../src/views/programs/keep.tsx";
import { programsPage } from "../../src/views/programs/list.tsx";
import { programPage } from "../../src/views/programs/program.tsx";
import { publishProgramPage } from "../../src/views/programs/publish.tsx";
import { pageOf } from "./page-walk.ts";
import { longStatusHistory, statusHistory } from "./status-samples.ts";
import { failedSync, syncSamples } from "./sync-samples.ts";
import { passwordProof } from "./view-samples.ts";

const dayMs = 86_400_000;
const noFilter = { q: "", status: "", fromDate: "", toDate: "", revisionState: "" };
const now = new Date("2026-11-23T18:30:00Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);

/** One program, ordinary in everything not given. */
export function sampleProgram(given: Partial<DescribedProgram> = {}): DescribedProgram {
  return {
    id: 3,
    slug: "housing-assistance",
    adminName: "housing-assistance",
    name: "Housing assistance",
    programType: "DEFAULT",
    activeVersionId: 2610,
    draftVersionId: null,
    keepDays: null,
    isExternal: false,
    publishedAt: daysAgo(82),
    draftedAt: null,
    versionCount: 4,
    readerCount: 3,
    applications: { count: 862, hasMore: false, newestAt: daysAgo(0.2) },
    ...given,
  };
}

const none = { count: 0, hasMore: false, newestAt: null };
const drafted = sampleProgram({
  id: 4,
  slug: "utility-discount",
  adminName: "Utility Discount",
  name: "Utility discount program",
  activeVersionId: 2588,
  draftVersionId: 2641,
  draftedAt: daysAgo(1),
  versionCount: 12,
  readerCount: 1,
  applications: { count: 1000, hasMore: true, newestAt: daysAgo(0.01) },
});
const unpublished = sampleProgram({
  id: 5,
  slug: "senior-meals",
  adminName: "senior-meals",
  name: "Senior meals",
  activeVersionId: null,
  publishedAt: null,
  draftVersionId: 2640,
  draftedAt: daysAgo(2),
  versionCount: 1,
  readerCount: 0,
  applications: none,
});
const external = sampleProgram({
  id: 6,
  slug: "orca-lift",
  adminName: "orca-lift",
  name: "ORCA LIFT reduced fare",
  programType: "EXTERNAL",
  isExternal: true,
  activeVersionId: 2501,
  versionCount: 1,
  readerCount: 0,
  applications: none,
});
const odd = sampleProgram({
  id: 7,
  slug: "a-program-whose-admin-name-was-a-whole-sentence-and_then_one_word".replaceAll("_", ""),
  adminName: "A program whose admin name was a whole sentence, and_then_one_word_without_any_place_to_break",
  name: "A program with a very long name that somebody made from a whole sentence, and_then_one_word_that_has_no_place_to_break_at_all",
  programType: "COMMON_INTAKE_FORM",
  keepDays: 1095,
  versionCount: 312,
  readerCount: 10_000,
  activeVersionId: 4_503_599_627_370_496,
});
const arabic = sampleProgram({
  id: 8,
  slug: "rental",
  name: "برنامج المساعدة السكنية 🏠",
  programType: "SOMETHING_NEW",
});

const versions: readonly ProgramVersion[] = [
  { id: 2641, stage: "draft", importedAt: daysAgo(1), publishedAt: null, questionCount: 18 },
  {
    id: 2588,
    stage: "active",
    importedAt: daysAgo(90),
    publishedAt: daysAgo(82),
    questionCount: 17,
  },
  {
    id: 2401,
    stage: "obsolete",
    importedAt: daysAgo(200),
    publishedAt: daysAgo(199),
    questionCount: 1_204,
  },
];

const keys: readonly ProgramKey[] = [
  {
    id: 12,
    keyId: "cvk_0aB7cD2eF4gH6iJ8kL1mN3",
    name: "Nightly export to the data warehouse",
    state: "active",
    expiration: daysAgo(-6),
    permissions: ["READ", "WRITE"],
  },
  {
    id: 4,
    keyId: "cvk_4Xr9TqLw2ZpVn8sKd3Yb1A",
    name: "مفتاح برنامج السكن, and_one_word_without_any_place_to_break_in_it",
    state: "retired",
    expiration: daysAgo(-200),
    permissions: ["READ"],
  },
];

const auditEvents = [
  {
    id: 9,
    at: daysAgo(1),
    actor: "maria.gonzalez@seattle.example.gov",
    action: "program.imported",
    address: "198.51.100.200",
    details: { version: 2641, replaced: null, questions: 18, comparedWith: 2588 },
  },
  {
    id: 8,
    at: daysAgo(2),
    actor: "operator (CLI)",
    action: "applications.imported",
    address: null,
    details: { read: 862, inserted: 862 },
  },
];

const changes = {
  program: ["name: Utility discount → Utility discount program"],
  added: ["Household members", "Is anyone in your household over 60?"],
  removed: ["landlord phone number"],
  changed: [
    { name: "monthly income", what: ["type: TEXT → CURRENCY", "text", "help text"] },
    { name: "heating", what: ["options added: heat_pump, other", "no longer offered: coal"] },
  ],
};
const noChanges = { program: [], added: [], removed: [], changed: [] };

/** Some applications, by descending ID. */
export const sampleApplications = [
  { applicationId: "9007199254740995", applicantId: "9007199254740993", status: null },
  { applicationId: "5004", applicantId: "904", status: "In review" },
  { applicationId: "5002", applicantId: "902", status: "Approved 🎉 – تمت الموافقة" },
  {
    applicationId: "5001",
    applicantId: "901",
    status: "Denied, with_one_very_long_word_that_has_no_place_to_break_at_all_however_narrow_the_window",
    revisionState: "OBSOLETE",
  },
].map((application, index) => ({
  revisionState: "CURRENT",
  submittedAt: daysAgo(index * 3),
  ...application,
}));

const fixtures = `${import.meta.dir}/../fixtures`;
const exported = parseProgramExport(await Bun.file(`${fixtures}/every-question-type-export.json`).text());
const [full, empty, hostileNumbers, nested, obsolete] = (
  await Bun.file(`${fixtures}/every-question-type-applications.ndjson`).text()
).split("\n");

/** The page of the application with this JSON. */
export function sampleApplication(
  page: PageContext,
  json = "",
  {
    isVersionKnown = true,
    program = sampleProgram(),
    questions = exported.questions,
    keyName,
    statusChanges = statusHistory,
    problems = {},
  }: {
    isVersionKnown?: boolean;
    program?: ReturnType<typeof sampleProgram>;
    questions?: typeof exported.questions;
    /** The name of the key that submitted it. */
    keyName?: string;
    statusChanges?: readonly StatusChange[];
    problems?: FieldProblems;
  } = {},
): string {
  const documented = { questions: documentQuestions([questions]), isVersionKnown };
  const name: string = JSON.parse(json).program_name ?? "";
  const { facts, answers } = readApplicationRecord(json, { adminName: name, versions: [] });
  const given = parseJson(answers);
  if (!isJsonObject(given)) throw new Error("no object");
  return applicationPage({
    ...{ page, program, isVersionKnown, json },
    application: describeApplication(facts),
    submittingKey: keyName === undefined ? null : { id: 7, name: keyName, holdsGrant: true },
    answers: readApplicationAnswers(given, documented),
    statusChanges,
    form: { status: facts.status ?? "", note: facts.application_note ?? "" },
    problems,
  });
}

/** The page before erasing this application. */
function sampleErasure(page: PageContext, json = "", given: Partial<EraseApplicationPageProps> = {}): string {
  const { program_name: adminName = "" } = JSON.parse(json);
  const { facts } = readApplicationRecord(json, { adminName, versions: [] });
  const application = describeApplication(facts);
  return eraseApplicationPage({
    ...{ page, application, program: sampleProgram(), reason: "", proof: null, problems: {} },
    ...given,
  });
}

/** Every page about programs and applications by name. */
export function renderProgramSamples(page: PageContext): Record<string, string> {
  const programs = [drafted, sampleProgram(), unpublished, external, arabic, odd];
  const found = { ...pageOf(programs, { total: { count: 1_000, hasMore: false } }), next: "odd" };
  const list = { page, found, search: "" };
  const nothing = { page, found: pageOf([]) };
  const keysShown = { apiKeys: keys, hasMore: true };
  const one = { page, versions, keys: keysShown, auditEvents, news: null, sync: syncSamples.failed };
  const bare = {
    ...{ page, versions: [], keys: { apiKeys: [], hasMore: false }, auditEvents: [] },
    ...{ news: null, sync: null },
  };
  const report = { version: 2641, questionCount: 18, replaced: 2639 };
  const form = { page, publish: false, problems: {}, bytesMax: exportBytesMax };
  const draft = { version: 2641, name: "Utility discount program", questionCount: 18 };
  const applications = {
    page,
    program: sampleProgram(),
    filter: noFilter,
    problems: {},
    found: { ...pageOf(sampleApplications, { total: { count: 862, hasMore: false } }), next: "1038" },
    statuses: ["Approved", "In review"],
    apiUrl: "https://civikey.seattle.example.gov/api/v1/admin/programs/housing-assistance/applications",
  };
  return {
    programs: programsPage(list),
    "programs-empty": programsPage({ ...nothing, search: "" }),
    "programs-search-empty": programsPage({ ...nothing, search: "snow plough" }),
    program: programPage({ ...one, program: drafted, report: null }),
    ...Object.fromEntries(
      Object.entries(syncSamples).map(([name, sync]) => [
        `program-sync-${name}`,
        programPage({ ...bare, sync, program: sampleProgram(), report: null }),
      ]),
    ),
    "program-sync-requested": programPage({
      ...{ ...one, sync: syncSamples.asked, program: sampleProgram(), report: null },
      page: {
        ...page,
        notice: {
          tone: "info",
          text: "Sync requested. Reload this page to see its progress.",
        },
      },
    }),
    "program-imported": programPage({
      ...{ ...one, sync: null },
      page: {
        ...page,
        notice: { tone: "success", text: "Version 2641 imported as a draft." },
      },
      program: drafted,
      report: { ...report, comparison: { version: 2639, changes } },
    }),
    "program-first-version": programPage({
      ...bare,
      program: unpublished,
      versions: versions.slice(0, 1),
      report: { ...report, replaced: null, comparison: null },
    }),
    "program-elsewhere-changed": programPage({
      ...bare,
      versions,
      program: odd,
      report: { ...report, comparison: { version: 2588, changes: noChanges } },
    }),
    "program-external": programPage({ ...bare, program: external, report: null }),
    "program-import": importProgramPage(form),
    "program-import-problem": importProgramPage({
      ...form,
      publish: true,
      problems: {
        export: [
          'JSON is incorrectly formatted: A "," or "}" is expected (line 1204, column 17). This isn’t a CiviForm export. Choose the .json file from Export program.',
        ],
      },
    }),
    "program-publish": publishProgramPage({
      page,
      program: drafted,
      draft: { ...draft, name: "Utility discount", comparison: { version: 2588, changes } },
      news: { keys: ["rent_or_mortgage", "household_size"], seenBy: keys, hiddenFrom: keys.slice(0, 1) },
    }),
    "program-publish-first": publishProgramPage({
      page,
      program: unpublished,
      draft: { ...draft, comparison: null },
      news: { keys: [], seenBy: [], hiddenFrom: [] },
    }),
    "applications-programs": applicationProgramsPage(list),
    "applications-programs-empty": applicationProgramsPage({ ...nothing, search: "" }),
    "applications-programs-search-empty": applicationProgramsPage({ ...nothing, search: "snow" }),
    applications: applicationsPage(applications),
    "applications-filtered": applicationsPage({
      ...applications,
      filter: {
        ...noFilter,
        fromDate: "2026-11-01",
        toDate: "2026-11-20T12:00:00-08:00",
        revisionState: "OBSOLETE",
      },
      found: pageOf(sampleApplications.slice(3)),
      apiUrl: `${applications.apiUrl}?fromDate=2026-11-01&toDate=2026-11-20T12%3A00%3A00-08%3A00&revisionState=OBSOLETE`,
    }),
    "applications-problems": applicationsPage({
      ...applications,
      filter: { ...noFilter, q: "A-12", fromDate: "last week", toDate: "2026-13-01", revisionState: "DRAFT" },
      problems: {
        q: ["Enter an application ID, such as 1042."],
        fromDate: ["Enter a date such as 2026-01-31."],
        toDate: ["Enter a date such as 2026-01-31."],
        revisionState: ["Choose Current, Obsolete or Both."],
      },
      found: undefined,
    }),
    "applications-none-match": applicationsPage({
      ...applications,
      filter: { ...noFilter, fromDate: "2026-11-22", toDate: "2026-11-01", revisionState: "" },
      found: pageOf([]),
    }),
    "applications-empty": applicationsPage({ ...applications, found: pageOf([]) }),
    "applications-unpublished": applicationsPage({ ...applications, found: undefined, program: unpublished }),
    "applications-external": applicationsPage({ ...applications, found: undefined, program: external }),
    application: sampleApplication(page, full),
    "application-nested": sampleApplication(page, nested, { keyName: "Caseworker portal" }),
    "application-unanswered": sampleApplication(page, empty, { statusChanges: [] }),
    "application-odd": sampleApplication(page, hostileNumbers, { program: odd }),
    "application-status-history": sampleApplication(page, empty, {
      statusChanges: longStatusHistory,
    }),
    "application-status-problem": sampleApplication(page, empty, {
      problems: { status: ["It must have 200 characters or fewer."] },
    }),
    "application-erase": sampleErasure(page, full, {
      ...{ program: odd, proof: passwordProof, problems: { reason: ["Enter a reason."] } },
    }),
    "program-keep": keepProgramPage({
      ...{ page, program: odd, keepDays: "30", expired: { count: 100_000, hasMore: true }, proof: null, problems: {} },
    }),
    "application-unknown-version": sampleApplication(page, obsolete, { isVersionKnown: false }),
  };
}

/** Every page about programs and applications with one text in every field. */
export function renderProgramsOf(page: PageContext, text: string): Record<string, string> {
  const program = sampleProgram({
    ...{ slug: text, adminName: text, name: text, programType: text },
    ...{ draftVersionId: 2, draftedAt: now },
  });
  const fragment = { ...page, isFragment: true };
  const texts = [text];
  const all = { program: texts, added: texts, removed: texts };
  const comparison = { version: 1, changes: { ...all, changed: [{ name: text, what: texts }] } };
  const list = { page, found: { ...pageOf([program]), next: text }, search: text };
  const application = { applicationId: text, applicantId: text, status: text };
  const applications = {
    ...{ page, program, problems: {}, apiUrl: text, statuses: [text] },
    filter: { q: text, status: text, fromDate: text, toDate: text, revisionState: text },
    found: { ...pageOf([{ ...application, submittedAt: now, revisionState: text }]), next: text },
  };
  const questions = parseProgramExport(
    JSON.stringify({
      program: { id: 1, adminName: "p", blockDefinitions: [{ questionDefinitions: [{ id: 1 }] }] },
      questions: [{ type: "text", config: { id: 1, name: "known" } }],
    }),
  ).questions.map((question) => ({ ...question, text }));
  const hostileNews = {
    keys: [text],
    seenBy: [{ keyId: text, name: text }],
    hiddenFrom: [{ keyId: text, name: text }],
  };
  // No application can have what PostgreSQL cannot store.
  const stored = text.replaceAll("\0", "").toWellFormed();
  const odd = {
    question_type: stored,
    [`${stored}.`]: stored,
    list: [stored],
    object: { text: stored },
  };
  const record = {
    ...{ application_id: 1, applicant_id: 2, program_version_id: 3, [`${stored}.`]: stored },
    ...{ create_time: "2025-11-03T10:00:00Z", submit_time: "2025-11-03T10:00:00Z" },
    ...{ language: stored, status: stored, application_note: stored, submitter_type: stored },
    ...{ ti_email: stored, ti_organization: stored, revision_state: "CURRENT" },
    application: {
      ...{ known: { question_type: "TEXT", text: stored }, [`${stored}.`]: odd, plain: stored },
      home: { question_type: "ADDRESS", street: stored, zip: stored, corrected: stored },
      choice: { question_type: "MULTI_SELECT", selections: [stored, stored] },
      income: { question_type: "CURRENCY", currency_dollars: stored },
      day: { question_type: "DATE", date: stored },
      members: {
        question_type: "ENUMERATOR",
        entities: [{ entity_name: stored, inner: odd }, stored],
      },
    },
  };
  return {
    programs: programsPage(list),
    "programs as a fragment": programsPage({ ...list, page: fragment }),
    "no programs": programsPage({ ...list, found: pageOf([]) }),
    program: programPage({
      ...{ page, program, versions },
      keys: { apiKeys: keys.map((key) => ({ ...key, keyId: text, name: text })), hasMore: true },
      auditEvents: [],
      report: { version: 2, questionCount: 1, replaced: null, comparison },
      news: hostileNews,
      sync: {
        plan: null,
        state: { ...failedSync, source: text, failure: text, lastRejection: text },
      },
    }),
    "import program": importProgramPage({
      ...{ page, publish: true, problems: { export: texts }, bytesMax: 1 },
    }),
    "publish program": publishProgramPage({
      ...{ page, program },
      draft: { version: 2, name: `${text}!`, questionCount: 1, comparison },
      news: hostileNews,
    }),
    "programs of applications": applicationProgramsPage(list),
    "programs of applications as a fragment": applicationProgramsPage({ ...list, page: fragment }),
    applications: applicationsPage(applications),
    "applications as a fragment": applicationsPage({ ...applications, page: fragment }),
    "applications with problems": applicationsPage({
      ...applications,
      problems: { q: texts, fromDate: texts, toDate: texts, revisionState: texts },
    }),
    "applications that are not served": applicationsPage({
      ...applications,
      found: undefined,
      program: { ...program, activeVersionId: null },
    }),
    "erasing an application": sampleErasure(page, JSON.stringify(record), {
      ...{ program, reason: text, problems: { reason: [text] } },
    }),
    "keeping applications": keepProgramPage({
      ...{ page, program, keepDays: text, expired: null, proof: null, problems: { keepDays: [text] } },
    }),
    application: sampleApplication(page, JSON.stringify(record), {
      ...{ program, questions },
      keyName: text,
    }),
  };
}

import { readsOf } from "../db/reads/call-reads.ts";
import { openProgramForReader, openProgramForStatuses, programNotFound } from "../domain/access/grants.ts";
import type { ApplicationReader } from "../domain/access/people/roles.ts";
import { readApplicationAnswers } from "../domain/applications/answer-reading.ts";
import { isApplicationId } from "../domain/applications/application-id.ts";
import { isErased } from "../domain/applications/erasure/list.ts";
import { joinBatches, openStreamWriter } from "../domain/applications/export.ts";
import { readApplicationListing } from "../domain/applications/list-parameters.ts";
import { exportAll } from "../domain/applications/pages.ts";
import { applicationListing, listStatuses, openApplication } from "../domain/applications/reading.ts";
import { listStatusChanges, setApplicationStatus } from "../domain/applications/status.ts";
import { readStatusForm } from "../domain/applications/status-form.ts";
import { requireActiveProgram } from "../domain/programs/granted.ts";
import { type DescribedProgram, getDescribedProgram } from "../domain/programs/list.ts";
import { documentAnswers } from "../domain/programs/questions/documented.ts";
import { noteViewed } from "../http/context.ts";
import { fieldOf, readForm, searchOf } from "../http/page-guard/forms.ts";
import { type PageCall, type PageRoute, type RoleCall, rolePage } from "../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../lib/errors.ts";
import { readPage } from "../lib/keyset.ts";
import { applicationPage, type StatusFields } from "../views/applications/application.tsx";
import { applicationsPage } from "../views/applications/list.tsx";
import { applicationProgramsPage } from "../views/applications/programs.tsx";
import { statusChangesShown } from "../views/applications/status-history.tsx";
import { applicationHref } from "../views/parts/hrefs.ts";
import { framePage, type PageDeps, respondWithForm, respondWithHtml, seeOther } from "./frame.ts";
import { readStart, recordDownload, respondWithFile, withoutEmpty } from "./lists.ts";
import { listProgramsOfQuery } from "./programs/list.ts";

const applicationsPerPage = 50;

/** The pages of applications, as the API serves them. */
export function applicationPages(deps: PageDeps): PageRoute[] {
  const [list, right] = ["/admin/programs/:slug/applications", "see applications"] as const;
  return [
    rolePage("GET", "/admin/applications", right, (call) => showPrograms(deps, call)),
    rolePage("GET", list, right, (call) => showList(deps, call, call.params.slug)),
    rolePage("GET", `${list}/download`, right, (call) => download(deps, call, call.params.slug)),
    rolePage("GET", `${list}/:id`, right, (call) => showOne(deps, call, call.params)),
    rolePage("POST", `${list}/:id/status`, "set statuses", (call) => setStatus(deps, call, call.params)),
  ];
}

async function showPrograms(deps: PageDeps, call: RoleCall<"see applications">): Promise<Response> {
  const list = await listProgramsOfQuery(deps, call, { isServed: true });
  const props = { page: framePage(deps, call.request), ...list };
  return respondWithHtml(applicationProgramsPage(props));
}

const apiFilterNames = ["fromDate", "toDate", "revisionState"] as const;

/** The program of an address, its filters as they were given, and what they leave; nothing while there are problems. */
async function readList(deps: PageDeps, { query, now, actor }: RoleCall<"see applications">, slug: string) {
  const program = await getDescribedProgram(deps.db, { slug, actor, now });
  const given = pick(query, apiFilterNames);
  const filter = {
    q: searchOf(query),
    status: searchOf(query, "status"),
    fromDate: fieldOf(given, "fromDate"),
    toDate: fieldOf(given, "toDate"),
    revisionState: fieldOf(given, "revisionState"),
  };
  const problems = findProblems(deps, given, filter.q);
  const isServed = !program.isExternal && program.activeVersionId !== null;
  const granted = isServed && Object.keys(problems).length === 0 ? openProgramForReader(actor, program) : undefined;
  const wanted = granted && {
    ...readFilter(deps, given),
    status: filter.status || null,
    applicationId: filter.q || null,
  };
  return { program, given, filter, problems, granted, wanted };
}

async function showList(deps: PageDeps, call: RoleCall<"see applications">, slug: string): Promise<Response> {
  const { request, query } = call;
  const { program, given, filter, problems, granted, wanted } = await readList(deps, call, slug);
  const start = readStart(query, (text) => (isApplicationId(text) ? text : undefined));
  const [erased, found, statuses] = await Promise.all([
    findErased(deps, program, query.get("erased")),
    granted &&
      wanted &&
      readPage(applicationListing(deps.db, { ...wanted, program: granted }), { ...start, limit: applicationsPerPage }),
    granted ? listStatuses(deps.db, { program: granted }) : [],
  ]);
  if (granted && found && found.rows.length > 0) noteViewed(request, granted);
  const markup = applicationsPage({
    page: framePage(deps, request, erased),
    ...{ program, filter, problems, found, statuses },
    apiUrl: apiUrlOf(deps, program.slug, given),
  });
  return respondWithForm(markup, problems);
}

/** The filtered applications as the API writes them: CSV, or with `format=ndjson` NDJSON. */
async function download(deps: PageDeps, call: RoleCall<"see applications">, slug: string): Promise<Response> {
  const { request, query } = call;
  const { program, filter, problems, granted, wanted } = await readList(deps, call, slug);
  const [problem] = Object.values(problems).flat();
  if (problem !== undefined) throw new DomainError("invalid", problem);
  if (granted === undefined || wanted === undefined) throw programNotFound(slug);
  const format = query.get("format") === "ndjson" ? "ndjson" : "csv";
  const reads = readsOf(deps.db);
  const { zone } = deps.rules;
  const mediaType = format === "csv" ? "text/csv" : "application/x-ndjson";
  const writer = await openStreamWriter(reads, mediaType, { program: granted, zone });
  const listing = { ...wanted, program: granted, modifiedSince: null, last: null, isPaged: false, pageSize: 0 };
  const { batches } = await exportAll(reads, listing, writer);
  noteViewed(request, granted);
  const details = { format, ...withoutEmpty(filter) };
  await recordDownload(deps, call, "applications.downloaded", details, { programId: program.id });
  const name = `${slug}-applications.${format}`;
  const { contentType } = writer;
  return respondWithFile(deps, request, { name, contentType, chunks: joinBatches(writer, batches) });
}

/** What has just been erased, by the address; only if it is true, because anyone can make up an address. */
async function findErased(deps: PageDeps, { id }: DescribedProgram, applicationId: string | null) {
  if (applicationId === null || !isApplicationId(applicationId)) return undefined;
  if (!(await isErased(deps.db, { programId: id, applicationId }))) return undefined;
  return { tone: "success", text: `Application ${applicationId} erased.` } as const;
}

const filterProblems = {
  fromDate: "Enter a date such as 2026-01-31.",
  toDate: "Enter a date such as 2026-01-31.",
  revisionState: "Choose Current, Obsolete or Both.",
} as const;

/** What is wrong with each filter. */
function findProblems(deps: PageDeps, query: URLSearchParams, q: string): FieldProblems {
  const problems: Record<string, readonly string[]> = {};
  if (q !== "" && !isApplicationId(q)) problems.q = ["Enter an application ID, such as 1042."];
  for (const name of apiFilterNames) {
    try {
      readFilter(deps, pick(query, [name]));
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== "invalid") throw error;
      problems[name] = [filterProblems[name]];
    }
  }
  return problems;
}

/** The filters as the API reads them. Throws `invalid` in the API's words. */
function readFilter({ rules: { zone } }: PageDeps, given: URLSearchParams) {
  const { fromTime, toTime, revisionState } = readApplicationListing(given, {
    // There is no page token among the filters, so nothing is bound to one.
    ...{ tokenKey: new Uint8Array(), keyId: "", programSlug: "" },
    zone,
    pageSizeMax: applicationsPerPage,
  });
  return { fromTime, toTime, revisionState };
}

/** The parameters of a query with these names, without empty ones. */
function pick(query: URLSearchParams, names: readonly string[]): URLSearchParams {
  const picked = new URLSearchParams();
  for (const name of names) {
    for (const value of query.getAll(name).map((text) => text.trim())) {
      if (value !== "") picked.append(name, value);
    }
  }
  return picked;
}

function apiUrlOf(deps: PageDeps, slug: string, given: URLSearchParams): string {
  const path = `${deps.baseUrl()}/api/v1/admin/programs/${slug}/applications`;
  return given.size === 0 ? path : `${path}?${given}`;
}

/** Drawing more would keep the server from everything else for a second or longer. */
const drawnValuesMax = 30_000;

function hasTooManyValues(json: string): boolean {
  return (json.match(/[{,]/g)?.length ?? 0) > drawnValuesMax;
}

async function showOne(
  deps: PageDeps,
  { request, now, actor }: PageCall & { actor: ApplicationReader },
  { slug, id }: { slug: string; id: string },
  refused?: { form: StatusFields; problems: FieldProblems },
): Promise<Response> {
  const { db } = deps;
  const described = await getDescribedProgram(db, { slug, actor, now });
  const program = openProgramForReader(actor, described);
  await requireActiveProgram(db, program);
  const { details, submittingKey, answers, json } = await openApplication(db, { program, applicationId: id });
  const { applicationId, versionId, status, note } = details;
  noteViewed(request, program, applicationId);
  const documented = await documentAnswers(db, { programId: described.id, versionId });
  const { form = { status: status ?? "", note: note ?? "" }, problems = {} } = refused ?? {};
  const markup = applicationPage({
    page: framePage(deps, request),
    program: described,
    application: details,
    submittingKey,
    answers: hasTooManyValues(json) ? null : readApplicationAnswers(answers, documented),
    isVersionKnown: documented.isVersionKnown,
    statusChanges: await listStatusChanges(db, { program, applicationId, limit: statusChangesShown }),
    ...{ json, form, problems },
  });
  return respondWithForm(markup, problems);
}

/** Sets a status by the rules of the API. An empty field takes away what it had. */
async function setStatus(
  deps: PageDeps,
  call: RoleCall<"set statuses">,
  { slug, id }: { slug: string; id: string },
): Promise<Response> {
  const { request, now, session, actor } = call;
  const fields = await readForm(request);
  const program = openProgramForStatuses(actor, await getDescribedProgram(deps.db, { slug, actor, now }));
  await requireActiveProgram(deps.db, program);
  const form = {
    status: fieldOf(fields, "status").trim(),
    note: fieldOf(fields, "note").replaceAll("\r\n", "\n").trim(),
  };
  try {
    await setApplicationStatus(deps.db, {
      ...{ program, applicationId: id, now },
      form: readStatusForm({ ...form, status: form.status || null }),
      setBy: { personId: session.person.id, actor },
    });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "unprocessable") throw error;
    const problems = error.errors.map(({ pointer, detail }) => [pointer.slice(1), [detail]]);
    return showOne(deps, call, { slug, id }, { form, problems: Object.fromEntries(problems) });
  }
  return seeOther(`${applicationHref(slug, id)}#status-history`);
}

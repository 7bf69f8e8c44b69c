/** The addresses of pages with their queries. */
import type { SortPlace } from "../../lib/keyset.ts";

/** An address with a query; what is empty is left out of it. */
function withQuery(path: string, query: Readonly<Record<string, string | null | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** Which page of a list: after a place, or before one. */
interface Start<Place> {
  readonly after?: Place | undefined;
  readonly before?: Place | undefined;
}

const textsOf = <Place>({ after, before }: Start<Place>, write: (place: Place) => string = String) => ({
  after: after === undefined ? "" : write(after),
  before: before === undefined ? "" : write(before),
});

const writeSortPlace = ({ id, value }: SortPlace) => `${id}.${value}`;

/** The same list as a download, CSV unless given. */
export function downloadHref(href: string, format?: "ndjson"): string {
  const [path = "", query] = href.split("?");
  const parameters = [query, format && `format=${format}`].filter(Boolean);
  return parameters.length === 0 ? `${path}/download` : `${path}/download?${parameters.join("&")}`;
}

/** A page of the list of people. */
export function peopleHref(query: { search?: string; sort?: string } & Start<SortPlace>): string {
  return withQuery("/admin/people", { q: query.search, sort: query.sort, ...textsOf(query, writeSortPlace) });
}

/** The page of a person. */
export function personHref(id: number): string {
  return `/admin/people/${id}`;
}

/** The pages that list programs: all, those to choose applications from, those that are documented. */
export type ProgramListPath = "/admin/programs" | "/admin/applications" | "/docs/api";

/** A page of one of the lists of programs. */
export function programListHref(path: ProgramListPath, query: { search?: string } & Start<string>): string {
  return withQuery(path, { q: query.search, ...textsOf(query) });
}

/** The page of a program. `import` is a page of its own, so a program of that slug is spelled otherwise. */
export function programHref(
  slug: string,
  query: { imported?: number; unchanged?: number; published?: number; syncing?: 1; keeping?: 1 } = {},
): string {
  const path = `/admin/programs/${slug === "import" ? "%69mport" : encodeURIComponent(slug)}`;
  const texts = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return withQuery(path, Object.fromEntries(texts));
}

/** The applications of a program; the filters are the API's parameters. */
export function applicationsHref(
  slug: string,
  query: Readonly<Record<string, string | null | undefined>> = {},
): string {
  return withQuery(`/admin/programs/${encodeURIComponent(slug)}/applications`, query);
}

/** One application. */
export function applicationHref(slug: string, applicationId: string): string {
  return `${applicationsHref(slug)}/${encodeURIComponent(applicationId)}`;
}

/** The API keys that have to do with a program. */
export function keysHref(slug: string): string {
  return withQuery("/admin/apiKeys", { q: slug });
}

/** The page of a key: with so many days in its charts, or after its form or its credentials were shown. */
export function keyHref(id: number, query: { days?: string; narrowed?: string; created?: "true" } = {}): string {
  return withQuery(`/admin/apiKeys/${id}`, query);
}

/** The page that asks whether to retire keys. */
export function retireHref(apiKeys: readonly { readonly id: number }[]): string {
  return `/admin/apiKeys/retire?${apiKeys.map(({ id }) => `key=${id}`).join("&")}`;
}

/** The list of keys after some were retired; `wereRetired` had been so before. */
export function retiredHref(done: {
  retired: readonly { readonly id: number }[];
  wereRetired: readonly { readonly id: number }[];
}): string {
  const names = [
    ...done.retired.map(({ id }) => `retired=${id}`),
    ...done.wereRetired.map(({ id }) => `already=${id}`),
  ];
  return `/admin/apiKeys?${names.join("&")}`;
}

/** The new-key form with a program checked. */
export function newKeyHref(slug: string): string {
  return withQuery("/admin/apiKeys/new", { program: slug });
}

/** A page of the active, retired or expired API keys: after a place, or before one. */
export function keyListHref(
  state: "active" | "retired" | "expired",
  query: {
    search?: string;
    expiringOnly?: boolean;
    sort?: string;
  } & Start<SortPlace> = {},
): string {
  const path = state === "active" ? "/admin/apiKeys" : `/admin/apiKeys/${state}`;
  const { search, sort, expiringOnly } = query;
  const expiring = expiringOnly ? "true" : "";
  return withQuery(path, { q: search, expiring, sort, ...textsOf(query, writeSortPlace) });
}

/** A page of refused calls. */
export function refusalsHref(
  query: {
    apiKeyId?: number | undefined;
    reason?: string | null;
    /** `YYYY-MM-DD` */
    day?: string;
    search?: string;
  } & Start<number>,
): string {
  const { apiKeyId, reason, day, search } = query;
  return withQuery("/admin/refusals", { key: apiKeyId?.toString(), reason, day, q: search, ...textsOf(query) });
}

type AuditFilters = Partial<Readonly<Record<"who" | "what" | "key" | "from" | "until", string>>>;

/** A page of the audit log; the filters are the fields of its form. */
export function auditHref(query: AuditFilters, start: Start<number> = {}): string {
  return withQuery("/admin/audit", { ...query, ...textsOf(start) });
}

/** The generated documentation of a program's API. */
export function programDocsHref(slug: string, stage: "active" | "draft"): string {
  return `/docs/api/programs/${encodeURIComponent(slug)}/${stage}`;
}

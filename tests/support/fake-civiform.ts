/**
 * A small CiviForm to pull from, with the habits of the real one: pages by falling id, page sizes as they
 * are asked for, errors in plain text, page tokens that know a day but no time, and that take a missing
 * `revisionState` for both states.
 */
import { startOfDay } from "../../src/lib/time/times.ts";
import { applicationRecord } from "./factories.ts";
import { leakHunt } from "./leak-hunt.ts";

/** An application that the fake lists. */
export type FakeRecord = ReturnType<typeof applicationRecord> & Record<string, unknown>;

/** A running fake. */
export interface FakeCiviForm {
  readonly origin: string;
  /** What a caller must send. */
  readonly token: string;
  records: FakeRecord[];
  /** How many records a page has when nobody says how many; a page is never longer than `pageSizeCap`. */
  pageSizeCap: number;
  /** Replaced together with the key that signs tokens: older tokens are refused then. */
  signature: string;
  /** The queries of all requests so far, in their order. */
  readonly queries: string[];
  /** The heads of all requests so far. */
  readonly requests: { readonly method: string; readonly headers: Headers }[];
  /** Answers instead of the fake, when it gives something. */
  intercept: (query: URLSearchParams, number: number) => Response | undefined | Promise<Response | undefined>;
  close(): Promise<void>;
}

const zone = "America/Los_Angeles";
const keyId = "fake-civiform-key";

/** Starts it on a free port of loopback, with so many applications. */
export function startFakeCiviForm(count = 0, slug = "snow-removal"): FakeCiviForm {
  const token = btoa(`${keyId}:${crypto.randomUUID()}${crypto.randomUUID()}`);
  leakHunt.expectNowhere("the token of a source", token);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      fake.queries.push(searchParams.toString());
      fake.requests.push({ method: request.method, headers: request.headers });
      const other = await fake.intercept(searchParams, fake.queries.length);
      if (other !== undefined) return other;
      if (pathname !== `/api/v1/admin/programs/${slug}/applications`) return refuse(404, "");
      if (request.headers.get("authorization") !== `Basic ${token}`) return refuse(401, "");
      return list(fake, slug, searchParams);
    },
  });
  const fake: FakeCiviForm = {
    ...{ origin: `http://127.0.0.1:${server.port}`, token, queries: [], requests: [] },
    records: Array.from({ length: count }, (_, index) => fakeRecord(index + 1, { program_name: slug })),
    pageSizeCap: Number.POSITIVE_INFINITY,
    signature: "first",
    intercept: () => undefined,
    close: () => server.stop(true),
  };
  return fake;
}

/** An application as CiviForm lists it, submitted so many minutes after the first. */
export function fakeRecord(id: number, more: Record<string, unknown> = {}): FakeRecord {
  const submitted = new Date(Date.parse("2025-11-03T10:30:00Z") + id * 60_000).toISOString();
  return { ...applicationRecord(id), submit_time: submitted, ...more };
}

function list(fake: FakeCiviForm, slug: string, query: URLSearchParams): Response {
  const given = readToken(fake, query.get("nextPageToken"));
  if (given === undefined) return refuse(400, "Page token signature invalid");
  const fromDate = query.get("fromDate");
  const day = fromDate === null ? null : startOfDay(fromDate, zone);
  if (day === undefined) return refuse(400, "Malformed query param: fromDate");
  const state = query.get("revisionState");
  if (given !== null && state !== given.state) {
    const printed = state === null ? "Optional.empty" : `Optional[${state}]`;
    return refuse(400, `Request parameters must match pagination token: ${printed}`);
  }
  if (given?.fromDay && day && day.toISOString() !== given.fromDay) {
    return refuse(400, "Request parameters must match pagination token: fromDate");
  }
  const from = day ?? (given?.fromDay ? new Date(given.fromDay) : null);
  const size = given?.size ?? Math.min(Number(query.get("pageSize") ?? 1000), fake.pageSizeCap);
  const before = given?.before ?? Number.POSITIVE_INFINITY;
  const found = fake.records
    .filter(({ application_id, submit_time, revision_state }) => {
      const isInTime = from === null || new Date(submit_time) >= from;
      return application_id < before && isInTime && (state === null || revision_state === state);
    })
    .sort((one, other) => other.application_id - one.application_id);
  const payload = found.slice(0, size);
  const last = payload.at(-1)?.application_id;
  const more = found.length > payload.length;
  const next = { slug, size, before: last, state, fromDay: from?.toISOString() ?? null };
  const nextPageToken = more ? writeToken(fake, next) : null;
  return Response.json({ payload, nextPageToken });
}

interface FakeToken {
  readonly size: number;
  readonly before: number;
  readonly state: string | null;
  readonly fromDay: string | null;
}

/** Standard Base64: a caller has to escape it in an address. The `?>` makes sure of a `/` or a `+`. */
function writeToken(fake: FakeCiviForm, payload: Record<string, unknown>): string {
  return btoa(JSON.stringify({ pad: ">>>???", signature: fake.signature, ...payload }));
}

function readToken(fake: FakeCiviForm, text: string | null): FakeToken | null | undefined {
  if (text === null) return null;
  const token = JSON.parse(atob(text));
  return token.signature === fake.signature ? token : undefined;
}

function refuse(status: number, text: string): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain; charset=UTF-8" } });
}

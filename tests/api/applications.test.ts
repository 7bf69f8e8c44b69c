import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { startTestApp, type TestApp } from "../support/app.ts";
import { applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";

let app: TestApp;
let token: string;
const path = "/api/v1/admin/programs/snow-removal/applications";

beforeAll(async () => {
  app = await startTestApp({ pageSizeMax: 1000 });
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "other-program" });
  await makeProgram(app, { id: 3, adminName: "draft-only", publish: false });
  const grants = ["snow-removal", "other-program", "draft-only"].map((slug) => ({
    slug,
    permission: "READ" as const,
  }));
  token = (await makeKey(app, { grants })).token;
  const records = Array.from({ length: 2500 }, (_, index) => {
    const number = index + 1;
    const day = String(1 + (number % 28)).padStart(2, "0");
    return applicationRecord(number, {
      submit_time: `2025-11-${day}T10:30:00.000001-08:00`,
      revision_state: number % 5 === 0 ? "OBSOLETE" : "CURRENT",
    });
  });
  await importRecords(app, records);
});
afterAll(() => app.close());

interface Page {
  payload: Record<string, unknown>[];
  nextPageToken: string | null;
}
const get = async (query = "", of = path) => {
  const response = await app.call(`${of}${query}`, token);
  return { response, body: (await response.json()) as Page & { detail?: string } };
};
const ids = (page: Page) => page.payload.map(({ application_id }) => Number(application_id));

/** Walks a listing as CiviForm's own example does: the parameters stay while it pages by token. */
async function walk(query: string): Promise<number[]> {
  const seen: number[] = [];
  let next: string | null = "";
  while (next !== null) {
    const page = await get(`?${query}${next && `&nextPageToken=${encodeURIComponent(next)}`}`);
    expect(page.response.status).toBe(200);
    seen.push(...ids(page.body));
    next = page.body.nextPageToken;
  }
  return seen;
}

describe("a walk through all pages", () => {
  const all = Array.from({ length: 2500 }, (_, index) => 2500 - index);

  test("returns 2,500 applications exactly once in pages of 100, newest first", async () => {
    expect(await walk("pageSize=100")).toEqual(all);
  });

  test("keeps its filters whether they are repeated or omitted", async () => {
    const expected = all.filter((id) => id % 5 === 0 && 1 + (id % 28) >= 10 && 1 + (id % 28) < 20);
    const query = "pageSize=70&revisionState=OBSOLETE&fromDate=2025-11-10&toDate=2025-11-20";
    expect(await walk(query)).toEqual(expected);
    const seen: number[] = [];
    for (let next = query; next !== ""; ) {
      const { body } = await get(`?${next}`);
      seen.push(...ids(body));
      next = body.nextPageToken === null ? "" : `nextPageToken=${body.nextPageToken}`;
    }
    expect(seen).toEqual(expected);
  });

  test("follows the Link header from page to page until there is none", async () => {
    const seen: number[] = [];
    let next: string | undefined = `${path}?pageSize=900`;
    while (next !== undefined) {
      const response = await app.call(next, token);
      seen.push(...ids((await response.json()) as Page));
      const link: RegExpExecArray | null = /^<http:\/\/localhost:9000([^>]+)>; rel="next"$/.exec(
        response.headers.get("link") ?? "",
      );
      next = link?.[1];
    }
    expect(seen).toEqual(all);
  });

  test("returns what existed at its start exactly once, while new applications arrive", async () => {
    await makeProgram(app, { id: 4, adminName: "busy" });
    const busy = "/api/v1/admin/programs/busy/applications";
    const { token: busyToken } = await makeKey(app, { slug: "busy" });
    const record = (number: number) => applicationRecord(number, { program_name: "busy" });
    await importRecords(
      app,
      Array.from({ length: 50 }, (_, index) => record(index + 1)),
      "busy",
    );
    const seen: number[] = [];
    let next = "?pageSize=10";
    for (let round = 0; next !== ""; round += 1) {
      const page = (await (await app.call(`${busy}${next}`, busyToken)).json()) as Page;
      seen.push(...ids(page));
      await importRecords(app, [record(100 + round)], "busy");
      next = page.nextPageToken === null ? "" : `?nextPageToken=${page.nextPageToken}`;
    }
    expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => 50 - index));
  });
});

describe("parameters", () => {
  test("fromDate is inclusive and toDate exclusive, to the microsecond", async () => {
    const from = await get("?pageSize=1&fromDate=2025-11-28T10:30:00.000001-08:00");
    expect(from.body.payload).toHaveLength(1);
    const after = await get("?pageSize=1&fromDate=2025-11-28T10:30:00.000002-08:00");
    expect(after.body.payload).toHaveLength(0);
    const until = await get("?pageSize=1&toDate=2025-11-01T10:30:00.000001-08:00");
    expect(until.body.payload).toHaveLength(0);
  });

  test("a page size above the maximum, or none, gives the maximum", async () => {
    for (const query of ["", "?pageSize=1000", "?pageSize=99999999999999999999"]) {
      expect((await get(query)).body.payload).toHaveLength(1000);
    }
  });

  test("unknown parameters are ignored", async () => {
    expect((await get("?pageSize=1&page=7")).response.status).toBe(200);
  });

  test("an empty page token is the first page", async () => {
    const [without, empty] = await Promise.all([get("?pageSize=3"), get("?pageSize=3&nextPageToken=")]);
    expect(empty.response.status).toBe(200);
    expect(ids(empty.body)).toEqual(ids(without.body));
  });

  for (const name of ["fromDate", "toDate", "modifiedSince"]) {
    test(`${name} may have the + of its offset as it is, which arrives as a blank`, async () => {
      const time = "2025-11-15T10:30:00";
      const [encoded, bare] = await Promise.all([
        get(`?pageSize=5&${name}=${time}%2B05:30`),
        get(`?pageSize=5&${name}=${time}+05:30`),
      ]);
      expect(bare.response.status).toBe(200);
      expect(bare.body.payload).toEqual(encoded.body.payload);
      const broken = await get(`?${name}=2025-11-15+10:30`);
      expect(broken.body).toMatchObject({ status: 400, detail: `Malformed query param: ${name}` });
    });
  }

  test("an inverted range is an empty page", async () => {
    const { body } = await get("?fromDate=2025-12-01&toDate=2025-11-01");
    expect(body).toEqual({ payload: [], nextPageToken: null });
  });

  const refused: Record<string, string> = {
    "fromDate=yesterday": "Malformed query param: fromDate",
    "fromDate=": "Malformed query param: fromDate",
    "toDate=": "Malformed query param: toDate",
    "modifiedSince=": "Malformed query param: modifiedSince",
    "toDate=2025-02-30": "Malformed query param: toDate",
    "pageSize=0": "Malformed query param: pageSize",
    "pageSize=-1": "Malformed query param: pageSize",
    "pageSize=1.5": "Malformed query param: pageSize",
    "pageSize=": "Malformed query param: pageSize",
    "pageSize=ten": "Malformed query param: pageSize",
    "revisionState=current": "Invalid revision state parameter: current",
    "revisionState=": "Invalid revision state parameter: ",
    "pageSize=1&pageSize=1": "Repeated query param: pageSize",
    "nextPageToken=nonsense": "Page token is invalid.",
    "nextPageToken=%00": "Page token is invalid.",
  };
  for (const [query, detail] of Object.entries(refused)) {
    test(`answers ${query} with 400 and the reason`, async () => {
      const { response, body } = await get(`?${query}`);
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(body).toMatchObject({ title: "Bad Request", status: 400, detail });
    });
  }
});

describe("page tokens", () => {
  const nextToken = async (query: string) => (await get(`?${query}`)).body.nextPageToken ?? "";

  test("refuses a parameter that differs from the token's, and accepts one that means the same", async () => {
    const next = await nextToken("pageSize=2&fromDate=2025-11-03&revisionState=CURRENT");
    const differing: Record<string, string> = {
      "pageSize=3": "pageSize",
      "fromDate=2025-11-04": "fromDate",
      "toDate=2025-11-30": "toDate",
      "revisionState=OBSOLETE": "revisionState",
    };
    for (const [query, name] of Object.entries(differing)) {
      const { response, body } = await get(`?nextPageToken=${next}&${query}`);
      expect(response.status).toBe(400);
      expect(body.detail).toBe(`Request parameters must match pagination token: ${name}`);
    }
    const same = "pageSize=2&fromDate=2025-11-03T08:00:00Z&revisionState=CURRENT";
    expect((await get(`?nextPageToken=${next}&${same}`)).response.status).toBe(200);
  });

  test("says that a token is another program's, but not that it is another key's", async () => {
    const next = await nextToken("pageSize=1");
    const other = "/api/v1/admin/programs/other-program/applications";
    expect((await get(`?nextPageToken=${next}`, other)).body.detail).toBe(
      "Pagination token does not match requested resource.",
    );
    const stranger = await makeKey(app);
    const response = await app.call(`${path}?nextPageToken=${next}`, stranger.token);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: "Page token is invalid." });
  });

  test("any mutation of a token or a query gets 200 or 400", async () => {
    const next = await nextToken("pageSize=2");
    const mutation = fc.record({
      at: fc.nat(next.length - 1),
      length: fc.nat(3),
      text: fc.string({ maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ at, length, text }) => {
        const mutated = next.slice(0, at) + text + next.slice(at + length);
        const { response } = await get(`?nextPageToken=${encodeURIComponent(mutated)}`);
        expect(response.status).toBe(mutated === next ? 200 : 400);
      }),
      { numRuns: 60 },
    );
    const name = fc.constantFrom("fromDate", "toDate", "pageSize", "revisionState", "nextPageToken");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, fc.string()), { maxLength: 4 }), async (pairs) => {
        const { response } = await get(`?${new URLSearchParams(pairs)}`);
        expect([200, 400]).toContain(response.status);
      }),
      { numRuns: 50 },
    );
  });
});

describe("programs", () => {
  test("a granted program without an active version is 400, once the parameters are valid", async () => {
    const draft = "/api/v1/admin/programs/draft-only/applications";
    expect((await get("", draft)).body.detail).toBe("Program not found for slug: draft-only");
    expect((await get("?pageSize=0", draft)).body.detail).toBe("Malformed query param: pageSize");
  });

  test("are listed for the calling key, by slug, with its permissions", async () => {
    const grants = [
      { slug: "snow-removal", permission: "READ" as const },
      { slug: "snow-removal", permission: "WRITE" as const },
      { slug: "draft-only", permission: "READ" as const },
    ];
    const key = await makeKey(app, { grants });
    const response = await app.call("/api/v1/admin/programs", key.token);
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(await response.json()).toEqual({
      programs: [
        {
          name: "draft-only",
          slug: "draft-only",
          permissions: ["READ"],
          activeVersionId: null,
          questions: { mode: "all", keys: [] },
        },
        {
          name: "snow-removal",
          slug: "snow-removal",
          permissions: ["READ", "WRITE"],
          activeVersionId: 1,
          questions: { mode: "all", keys: [] },
        },
      ],
    });
  });

  test("a key with only WRITE can't read", async () => {
    const key = await makeKey(app, { permission: "WRITE" });
    expect((await app.call(path, key.token)).status).toBe(401);
  });
});

test("an application has every field of the contract, in order", async () => {
  const { response } = await get("?pageSize=1");
  expect(response.headers.get("cache-control")).toBe("no-store");
  const text = JSON.stringify((await get("?pageSize=1")).body.payload[0]);
  expect(text).toBe(
    '{"applicant_id":3500,"application_id":2500,"create_time":"2025-11-03T10:00:00-08:00",' +
      '"language":"en-US","program_name":"snow-removal","program_version_id":1,' +
      '"revision_state":"OBSOLETE","status":null,"status_last_modified_time":null,' +
      '"application_note":null,"submit_time":"2025-11-09T10:30:00.000001-08:00",' +
      '"submitter_type":"APPLICANT","ti_email":null,"ti_organization":null,' +
      '"application":{"applicant_name":{"question_type":"TEXT","text":"Taylor 2500"}}}',
  );
});

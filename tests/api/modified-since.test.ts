import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { startTestApp, type TestApp } from "../support/app.ts";
import { applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";

let app: TestApp;
let token: string;
const path = "/api/v1/admin/programs/snow-removal/applications";

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "other-program" });
  const grants = (["READ", "WRITE"] as const).map((permission) => ({
    slug: "snow-removal",
    permission,
  }));
  token = (await makeKey(app, { grants })).token;
});
beforeEach(async () => {
  await app.database.client`truncate applications, modifications cascade`;
});
afterAll(() => app.close());

interface Answer {
  readonly ids: number[];
  readonly next: string | null;
  /** What to ask for the next time. */
  readonly until: string;
}
const readAnswer = async (response: Response): Promise<Answer> => {
  expect(response.status).toBe(200);
  const body = (await response.json()) as {
    payload: { application_id: number }[];
    nextPageToken: string | null;
  };
  return {
    ids: body.payload.map(({ application_id }) => application_id),
    next: body.nextPageToken,
    until: response.headers.get("civikey-modified-until") ?? "",
  };
};
const get = (query: string) => app.call(`${path}?${query}`, token);
const list = async (query: string) => readAnswer(await get(query));

/** Everything since a time; `between` happens between any two pages. */
async function follow(since: string, between?: (page: number) => unknown, pageSize = 3) {
  const seen: number[] = [];
  let query = `modifiedSince=${since}&pageSize=${pageSize}`;
  for (let number = 1; ; number++) {
    const page = await list(query);
    seen.push(...page.ids);
    if (page.next === null) return { seen, until: page.until };
    query = `nextPageToken=${page.next}`;
    await between?.(number);
  }
}
const ever = "2000-01-01";
const records = (...ids: number[]) => ids.map((id) => applicationRecord(id));
const setStatus = async (id: number, status: string) => {
  const response = await app.call(`${path}/${id}/status`, token, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ status }),
  });
  expect(response.status).toBe(200);
};

describe("a list by modification", () => {
  test("returns what was added or changed, in that order, in pages of any size", async () => {
    await importRecords(app, records(5, 1, 9));
    await importRecords(app, records(7, 2));
    await setStatus(9, "Approved");
    await importRecords(app, [applicationRecord(5, { revision_state: "OBSOLETE" })]);
    await importRecords(app, [applicationRecord(1, { language: "es-US" })]);
    for (const pageSize of [1, 2, 3, 100]) {
      expect((await follow(ever, undefined, pageSize)).seen).toEqual([2, 7, 9, 5, 1]);
    }
  });

  test("returns only what came after the last walk's CiviKey-Modified-Until", async () => {
    await importRecords(app, records(1, 2, 3, 4, 5));
    const { until } = await follow(ever);
    expect(until).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z$/);
    expect(await follow(until)).toMatchObject({ seen: [] });
    await setStatus(4, "Approved");
    await importRecords(app, records(6));
    const next = await follow(until);
    expect(next.seen).toEqual([4, 6]);
    expect((await follow(next.until)).seen).toEqual([]);
  });

  test("leaves out what was imported again unchanged", async () => {
    await importRecords(app, records(1, 2));
    const { until } = await follow(ever);
    expect(await importRecords(app, records(1, 2))).toMatchObject({ unchanged: 2 });
    expect((await follow(until)).seen).toEqual([]);
    const [count] = await app.database.client`select count(*)::int as rows from modifications`;
    expect(count?.rows).toBe(1);
  });

  test("returns nothing from another program or from a rolled-back change", async () => {
    await importRecords(app, records(1));
    const { until } = await follow(ever);
    const other = [applicationRecord(3, { program_name: "other-program" })];
    await importRecords(app, other, "other-program");
    const { client } = app.database;
    await client
      .begin(async (sql) => {
        await sql`update applications set status = 'Never'`;
        throw new Error("rolled back");
      })
      .catch(() => {});
    expect((await follow(until)).seen).toEqual([]);
    expect((await follow(ever)).seen).toEqual([1]);
  });

  test("combines with the other filters", async () => {
    const on = (id: number, day: string, more = {}) =>
      applicationRecord(id, { submit_time: `2025-11-${day}T10:00:00-08:00`, ...more });
    await importRecords(app, [
      on(1, "01"),
      on(2, "02", { revision_state: "OBSOLETE" }),
      on(3, "03"),
      on(4, "04"),
      on(5, "05"),
    ]);
    const since = `modifiedSince=${ever}`;
    expect((await list(`${since}&revisionState=OBSOLETE`)).ids).toEqual([2]);
    expect((await list(`${since}&fromDate=2025-11-03&toDate=2025-11-05`)).ids).toEqual([3, 4]);
    const page = await list(`${since}&revisionState=CURRENT&fromDate=2025-11-02&pageSize=2`);
    expect(page.ids).toEqual([3, 4]);
    expect((await list(`nextPageToken=${page.next}`)).ids).toEqual([5]);
  });

  test("can be a stream, with the next time in its headers", async () => {
    await importRecords(app, records(...Array.from({ length: 450 }, (_, index) => index + 1)));
    await setStatus(3, "Approved");
    const expected = [...Array.from({ length: 450 }, (_, index) => index + 1), 3];
    expected.splice(2, 1);
    for (const accept of ["application/x-ndjson", "text/csv"]) {
      const response = await app.call(`${path}?modifiedSince=${ever}`, token, {
        headers: { accept },
      });
      const until = response.headers.get("civikey-modified-until") ?? "";
      const lines = (await response.text()).trim().split("\n");
      const ids =
        accept === "text/csv"
          ? lines.slice(1).map((line) => Number(line.split(",")[1]))
          : lines.map((line) => JSON.parse(line).application_id);
      expect(ids).toEqual(expected);
      expect((await follow(until)).seen).toEqual([]);
    }
  });

  test("accepts times as fromDate does, before and after everything", async () => {
    await importRecords(app, records(1));
    for (const since of ["0001-01-01", "1970-01-01T00:00:00Z", "2025-12-31T10:00", "-000001"]) {
      const response = await get(`modifiedSince=${since}`);
      if (since.startsWith("-")) expect(response.status).toBe(400);
      else expect((await readAnswer(response)).ids).toEqual([1]);
    }
    expect((await list("modifiedSince=9999-12-31T23:59:59.999999Z")).ids).toEqual([]);
    for (const wrong of ["", "yesterday", "2026-13-01", "1768507200"]) {
      const response = await get(`modifiedSince=${wrong}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        detail: "Malformed query param: modifiedSince",
      });
    }
    expect((await get("modifiedSince=2026-01-01&modifiedSince=2026-01-01")).status).toBe(400);
  });

  test("is bound to its page tokens, present or absent", async () => {
    await importRecords(app, records(1, 2, 3));
    const byId = await list("pageSize=1");
    const modified = await list("modifiedSince=2026-01-01T00:00:00Z&pageSize=1");
    for (const [next, query, isSame] of [
      [byId.next, "modifiedSince=2026-01-01", false],
      [modified.next, "modifiedSince=2026-01-01", false],
      [modified.next, "modifiedSince=2025-12-31T16:00:00-08:00", true],
      [modified.next, "", true],
    ] as const) {
      const response = await get(`nextPageToken=${next}&${query}`);
      expect(response.status).toBe(isSame ? 200 : 400);
      if (isSame) continue;
      expect(await response.json()).toMatchObject({
        detail: "Request parameters must match pagination token: modifiedSince",
      });
    }
  });

  test("adds nothing to the answer when it isn't requested", async () => {
    await importRecords(app, records(1, 2));
    const response = await get("pageSize=1");
    expect(response.headers.has("civikey-modified-until")).toBe(false);
    expect((await readAnswer(response)).ids).toEqual([2]);
  });
});

describe("while writes go on", () => {
  test("a walk returns every application that existed at its start, whatever changes meanwhile", async () => {
    await importRecords(app, records(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
    const { seen, until } = await follow(ever, async (page) => {
      if (page > 3) return;
      await setStatus(page, "Passed already");
      await setStatus(11 - page, "To come");
      await importRecords(app, records(100 + page));
    });
    expect(new Set(seen)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 101, 102, 103]));
    expect((await follow(until)).seen).toEqual([]);
  });

  test("never misses a transaction that began early and commits late", async () => {
    await importRecords(app, records(1, 2, 3));
    const { client } = app.database;
    const { promise: isHeld, resolve: letCommit } = Promise.withResolvers<void>();
    const { promise: hasWritten, resolve: tellWritten } = Promise.withResolvers<void>();
    const late = client.begin(async (sql) => {
      await sql`update applications set status = 'Late' where application_id = 1`;
      tellWritten();
      await isHeld;
    });
    await hasWritten;
    await setStatus(2, "Early");
    // Nobody waits for the one that is under way, and what has committed is there at once.
    const walk = await follow(ever);
    expect(walk.seen).toEqual([1, 3, 2]);
    letCommit();
    await late;
    expect((await follow(walk.until)).seen).toEqual([1]);
  });

  test("a client that follows ends up with exactly what is stored, whatever writers do and whenever they commit", async () => {
    const { client } = app.database;
    await importRecords(app, records(...Array.from({ length: 20 }, (_, index) => index + 1)));
    const step = fc.record({
      ids: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 }),
      waitsMs: fc.integer({ min: 0, max: 15 }),
      isKept: fc.boolean(),
    });
    const [scripts = []] = fc.sample(
      fc.array(fc.array(step, { minLength: 10, maxLength: 10 }), { minLength: 5, maxLength: 5 }),
      { numRuns: 1 },
    );
    const known = new Map<number, string | null>();
    let since = ever;
    const followOnce = async () => {
      const response = await app.call(`${path}?modifiedSince=${since}`, token, {
        headers: { accept: "application/x-ndjson" },
      });
      since = response.headers.get("civikey-modified-until") ?? "";
      for (const line of (await response.text()).trim().split("\n").filter(Boolean)) {
        const { application_id, status } = JSON.parse(line);
        known.set(application_id, status);
      }
    };
    let serial = 0;
    const writers = scripts.map(async (steps) => {
      for (const { ids, waitsMs, isKept } of steps) {
        await client
          .begin(async (sql) => {
            for (const id of ids.toSorted((one, other) => one - other)) {
              const status = `Status ${++serial}`;
              await sql`update applications set status = ${status},
                head = regexp_replace(head, '"status":(null|"[^"]*")', ${`"status":"${status}"`})
                where application_id = ${id}`;
              await Bun.sleep(waitsMs);
            }
            if (!isKept) throw new Error("rolled back");
          })
          .catch((error: Error) => expect(error.message).toBe("rolled back"));
      }
    });
    let isOver = false;
    const all = Promise.all(writers).finally(() => {
      isOver = true;
    });
    while (!isOver) await followOnce();
    await all;
    await followOnce();
    const stored = await client<{ id: number; status: string | null }[]>`
      select application_id::int as id, status from applications`;
    expect(known).toEqual(new Map(stored.map(({ id, status }) => [id, status])));
  });
});

test("a walk returns each of an import's thousands once, then what came later", async () => {
  const first = Array.from({ length: 2500 }, (_, index) => index + 1);
  const later = [2600, 2601, 2602];
  await importRecords(app, records(...first));
  await importRecords(app, records(...later));
  expect((await follow(ever, undefined, 700)).seen).toEqual([...first, ...later]);
});

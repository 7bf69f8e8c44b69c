import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { pointTo } from "../../src/lib/json/pointer.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";

let app: TestApp;
let reader: string;
let writer: string;
let next = 100;
/** A number of its own for each test. */
let id: number;

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "other-program" });
  await makeProgram(app, { id: 3, adminName: "draft-only", publish: false });
  const on = (permission: "READ" | "WRITE") => ["snow-removal", "draft-only"].map((slug) => ({ slug, permission }));
  reader = (await makeKey(app, { grants: on("READ"), keyName: "Reports" })).token;
  writer = (await makeKey(app, { grants: on("WRITE"), keyName: "Case management" })).token;
});
beforeEach(async () => {
  app.now = noon;
  id = next++;
  await importRecords(app, [applicationRecord(id)]);
});
afterAll(() => app.close());

const pathOf = (applicationId: number | string, slug = "snow-removal") =>
  `/api/v1/admin/programs/${slug}/applications/${applicationId}`;

const send = (body: unknown, { token = writer, path = pathOf(id), headers = {} } = {}) =>
  app.call(`${path}/status`, token, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const readJson = async (response: Response): Promise<Record<string, unknown>> => {
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  return (await response.json()) as Record<string, unknown>;
};
const getApplication = async (number = id) => readJson(await app.call(pathOf(number), reader));
const getHistory = async (number = id) => {
  const body = await readJson(await app.call(`${pathOf(number)}/history`, reader));
  return body.payload as Record<string, unknown>[];
};
const stay = async (work: () => Promise<void>) => {
  const before = await getApplication();
  await work();
  expect(await getApplication()).toEqual(before);
  expect(await getHistory()).toEqual([]);
};

describe("setting a status", () => {
  test("answers with the status alone, and the application has it from now on", async () => {
    const answer = await readJson(await send({ status: "Approved", note: "By the board" }));
    const set = {
      application_id: id,
      status: "Approved",
      status_last_modified_time: "2026-01-15T12:00:00-08:00",
      application_note: "By the board",
    };
    // Whoever may write need not be somebody who may read.
    expect(answer).toEqual(set);
    expect(await getApplication()).toMatchObject(set);
    const list = await readJson(await app.call(pathOf("").slice(0, -1), reader));
    expect((list.payload as Record<string, unknown>[])[0]).toMatchObject(set);
  });

  test("changes nothing else of the application", async () => {
    const before = await getApplication();
    await send({ status: "Denied", note: null });
    expect(await getApplication()).toEqual({
      ...before,
      status: "Denied",
      status_last_modified_time: "2026-01-15T12:00:00-08:00",
    });
  });

  test("keeps the note when none is sent, and removes it when it is null or empty", async () => {
    await send({ status: "Approved", note: "Kept" });
    await send({ status: "Denied" });
    expect(await getApplication()).toMatchObject({ status: "Denied", application_note: "Kept" });
    expect(await readJson(await send({ status: null, note: "" }))).toMatchObject({
      status: null,
      application_note: null,
    });
    await send({ status: "Approved", note: "Again" });
    expect(await readJson(await send({ status: "Approved", note: null }))).toMatchObject({
      status: "Approved",
      application_note: null,
    });
  });

  test("never shows the application's note to a key with only WRITE", async () => {
    for (const note of ["By somebody else", null]) {
      await send({ status: "Approved", note });
      const answer = await readJson(await send({ status: "Denied" }));
      expect(answer).toEqual({
        application_id: id,
        status: "Denied",
        status_last_modified_time: "2026-01-15T12:00:00-08:00",
      });
    }
  });

  test("stores every text that fits unchanged", async () => {
    for (const status of [" Approved ", "<b>&'\"\\😀</b>", "x".repeat(200)]) {
      const note = `line 1\nline 2\t\u2028${"n".repeat(9_000)}`;
      const answer = await readJson(await send({ status, note }));
      expect(answer).toMatchObject({ status, application_note: note });
      expect(await getApplication()).toMatchObject({ status, application_note: note });
    }
  });

  test("works for obsolete applications and 64-bit ids", async () => {
    const large = "9007199254740993";
    await importRecords(app, [applicationRecord(id, { revision_state: "OBSOLETE" })]);
    await app.database.client`
      update applications set application_id = ${large} where application_id = ${id}`;
    const response = await send({ status: "Late" }, { path: pathOf(large) });
    expect(await response.text()).toStartWith(`{"application_id":${large},"status":"Late"`);
  });
});

describe("a body that cannot be used", () => {
  for (const [body, ...wrong] of [
    [{}, "status"],
    [{ note: "alone" }, "status"],
    [{ status: "" }, "status"],
    [{ status: " \u00a0" }, "status"],
    [{ status: 5 }, "status"],
    [{ status: ["Approved"] }, "status"],
    [{ status: { a: 1 } }, "status"],
    [{ status: true }, "status"],
    [{ status: "two\nlines" }, "status"],
    [{ status: "nul\u0000" }, "status"],
    ['{"status":"half \\ud800"}', "status"],
    [{ status: "x".repeat(201) }, "status"],
    [{ status: "a", note: 1 }, "note"],
    [{ status: "a", note: "nul\u0000" }, "note"],
    [{ status: "a", note: "n".repeat(10_001) }, "note"],
    [{ status: "a", notes: "typo" }, "notes"],
    [{ status: "", note: 1, "a/b": 2 }, "a/b", "status", "note"],
  ] as const) {
    test(`${JSON.stringify(body).slice(0, 60)} is 422 that points at ${wrong}, and changes nothing`, () =>
      stay(async () => {
        const response = await send(body);
        expect(response.status).toBe(422);
        expect(response.headers.get("content-type")).toBe("application/problem+json");
        expect(await response.json()).toMatchObject({
          status: 422,
          title: "Unprocessable Content",
          errors: wrong.map((name) => ({
            pointer: pointTo(name),
            detail: expect.stringMatching(/^[A-Z].+\.$/),
          })),
        });
      }));
  }

  test("invalid JSON, no object or a repeated name is 400; another type 415; too large 413", () =>
    stay(async () => {
      for (const body of ["", "{", "[]", "null", '"a"', '{"status":"a","status":"b"}']) {
        expect((await send(body)).status).toBe(400);
      }
      expect((await send("{\n  status }")).json()).resolves.toMatchObject({
        detail: expect.stringMatching(/^JSON is incorrectly formatted: .*line 2, column 3/),
      });
      for (const type of ["text/plain", "application/x-www-form-urlencoded", ""]) {
        const response = await send({ status: "a" }, { headers: { "content-type": type } });
        expect(response.status).toBe(415);
      }
      expect((await send({ status: "a", note: "n".repeat(200_000) })).status).toBe(413);
    }));
});

describe("access", () => {
  test("setting a status needs WRITE; READ is not enough", () =>
    stay(async () => {
      const response = await send({ status: "Approved" }, { token: reader });
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain("WRITE");
    }));

  test("reading an application, the list and the history needs READ; WRITE is not enough", async () => {
    for (const path of ["", `/${id}`, `/${id}/history`]) {
      const response = await app.call(`${pathOf("").slice(0, -1)}${path}`, writer);
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain("Taylor");
    }
  });

  test("without a grant, 401 comes before any check of the body, the program and the application", async () => {
    for (const slug of ["other-program", "no-such-program"]) {
      for (const body of ["{", { status: "" }]) {
        const refused = await send(body, { path: pathOf(999_999, slug) });
        expect(refused.status).toBe(401);
      }
    }
  });
});

test("an application that doesn't exist, or belongs to another program, is 404", async () => {
  await importRecords(app, [applicationRecord(5, { program_name: "other-program" })], "other-program");
  for (const unknown of [999_999, 5, "abc", "1e3", "9223372036854775808", "%00"]) {
    expect((await send({ status: "a" }, { path: pathOf(unknown) })).status).toBe(404);
    expect((await app.call(`${pathOf(unknown)}/history`, reader)).status).toBe(404);
  }
});

test("a program without an active version is 400", async () => {
  const path = pathOf(1, "draft-only");
  for (const response of [await send({ status: "a" }, { path }), await app.call(`${path}/history`, reader)]) {
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      detail: "Program not found for slug: draft-only",
    });
  }
});

test("other methods are 405 with the allowed ones", async () => {
  const on = (path: string, method: string) => app.call(`${pathOf(id)}/${path}`, writer, { method });
  expect((await on("status", "GET")).status).toBe(405);
  expect((await on("status", "PUT")).headers.get("allow")).toBe("POST");
  expect((await on("history", "POST")).headers.get("allow")).toBe("GET, HEAD");
  const head = await app.call(`${pathOf(id)}/history`, reader, { method: "HEAD" });
  expect(head.status).toBe(200);
});

describe("the history", () => {
  test("is empty until someone changes the status", async () => {
    expect(await getHistory()).toEqual([]);
  });

  test("lists every change, newest first: from what, to what, when, and by which key", async () => {
    await send({ status: "In review", note: "first" });
    app.now = new Date("2026-01-16T20:00:00.123Z");
    await send({ status: "Approved" });
    expect(await getHistory()).toEqual([
      {
        status: "Approved",
        note: "first",
        time: "2026-01-16T12:00:00.123-08:00",
        previous_status: "In review",
        previous_note: "first",
        source: "API",
        api_key_name: "Case management",
      },
      {
        status: "In review",
        note: "first",
        time: "2026-01-15T12:00:00-08:00",
        previous_status: null,
        previous_note: null,
        source: "API",
        api_key_name: "Case management",
      },
    ]);
  });

  test("has both of two simultaneous changes, in the order in which they took effect", async () => {
    const statuses = Array.from({ length: 12 }, (_, index) => `Status ${index}`);
    const responses = await Promise.all(
      statuses.map((status, index) => {
        // Their times go back, their effects do not.
        app.now = new Date(noon.getTime() - index * 1000);
        return send({ status });
      }),
    );
    for (const response of responses) expect(response.status).toBe(200);
    const history = await getHistory();
    expect(history.map(({ status }) => status).toSorted()).toEqual(statuses.toSorted());
    for (const [index, change] of history.entries()) {
      expect(change.previous_status).toBe(history[index + 1]?.status ?? null);
      const earlier = history[index + 1];
      if (earlier) expect(String(change.time) >= String(earlier.time)).toBe(true);
    }
    const { status, status_last_modified_time } = await getApplication();
    expect({ status, time: status_last_modified_time }).toMatchObject({
      status: history[0]?.status,
      time: history[0]?.time,
    });
  });

  test("has at most 1,000 changes", async () => {
    await app.database.client`
      insert into status_changes (program_id, application_id, at, status)
      select program_id, application_id, now(), number::text
      from applications, generate_series(1, 1005) as number where application_id = ${id}`;
    const history = await getHistory();
    expect(history).toHaveLength(1000);
    expect(history[0]?.status).toBe("1005");
  });

  test("can't be rewritten, even from a SQL prompt", async () => {
    await send({ status: "Approved" });
    const { client } = app.database;
    const update = client`update status_changes set status = 'Denied'`;
    expect(update.then(String)).rejects.toThrow("append-only");
    const removal = client`delete from status_changes`;
    expect(removal.then(String)).rejects.toThrow("append-only");
  });
});

describe("an import of an application whose status was set here", () => {
  const record = (more: Record<string, unknown>) => applicationRecord(id, more);
  const imported = (status: string | null, at: string | null) =>
    importRecords(app, [record({ status, status_last_modified_time: at, application_note: "from CiviForm" })]);
  const earlier = "2026-01-15T11:59:59-08:00";
  const same = "2026-01-15T12:00:00-08:00";
  const later = "2026-01-15T12:00:00.000001-08:00";

  test("keeps it when the import has no time, an earlier one or the same", async () => {
    await send({ status: "Approved", note: "Ours" });
    const ours = await getApplication();
    for (const at of [null, earlier, same]) {
      expect(await imported("Denied", at)).toMatchObject({ updated: 0, unchanged: 1 });
      expect(await getApplication()).toEqual(ours);
    }
    expect(await getHistory()).toHaveLength(1);
  });

  test("still updates everything else", async () => {
    await send({ status: "Approved", note: "Ours" });
    await importRecords(app, [record({ language: "es-US", revision_state: "OBSOLETE" })]);
    expect(await getApplication()).toMatchObject({
      language: "es-US",
      revision_state: "OBSOLETE",
      status: "Approved",
      application_note: "Ours",
      status_last_modified_time: same,
    });
  });

  test("replaces it, with note and time, when the import has a later time, and adds that to the history", async () => {
    await send({ status: "Approved", note: "Ours" });
    expect(await imported("Denied", later)).toMatchObject({ updated: 1 });
    expect(await getApplication()).toMatchObject({
      status: "Denied",
      application_note: "from CiviForm",
      status_last_modified_time: later,
    });
    expect((await getHistory())[0]).toEqual({
      status: "Denied",
      note: "from CiviForm",
      time: later,
      previous_status: "Approved",
      previous_note: "Ours",
      source: "IMPORT",
      api_key_name: null,
    });
  });

  test("applies as before once an import with a later time has replaced it", async () => {
    await send({ status: "Approved" });
    await imported("Denied", later);
    await imported(null, null);
    expect(await getApplication()).toMatchObject({ status: null });
    await imported("Appealed", earlier);
    expect(await getApplication()).toMatchObject({ status: "Appealed" });
    const statuses = (await getHistory()).map(({ status }) => status);
    expect(statuses).toEqual(["Appealed", null, "Denied", "Approved"]);
  });

  test("a status set after an import with a later time counts as the newer one", async () => {
    await imported("Denied", "2030-01-01T00:00:00-08:00");
    await send({ status: "Approved" });
    expect(await getApplication()).toMatchObject({
      status: "Approved",
      status_last_modified_time: "2030-01-01T00:00:00-08:00",
    });
  });
});

test("statuses and notes never reach the log", async () => {
  await send({ status: "Very private status", note: "Very private note" });
  await send({ status: "Very private status\n", note: 5 });
  const log = JSON.stringify(app.logLines);
  expect(log).toContain("/applications/:applicationId/status");
  expect(log).not.toContain("Very private");
});

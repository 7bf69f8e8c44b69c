import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import { createApiReads, type Read } from "../../src/db/reads/call-reads.ts";
import { exportAll } from "../../src/domain/applications/pages.ts";
import { createServedWriter } from "../../src/domain/applications/stored/served.ts";
import { applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";
import { grantOn, importInto, makeRecord, publishExport } from "../support/imports.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

let app: ListeningApp;
let authorization: string;
const path = "/api/v1/admin/programs/snow-removal/applications";
const count = 1234;

beforeAll(async () => {
  app = await startListeningApp();
  await makeProgram(app, { questions: ["applicant name", "wish"] });
  await makeProgram(app, { id: 2, adminName: "empty" });
  const grants = ["snow-removal", "empty"].map((slug) => ({ slug, permission: "READ" as const }));
  authorization = `Basic ${(await makeKey(app, { subnet: "127.0.0.0/8", grants })).token}`;
  const records = Array.from({ length: count }, (_, index) => applicationRecord(index + 1));
  await importRecords(app, records);
});
afterAll(() => app.close());

const open = (accept: string, query = "", headers: Record<string, string> = {}) =>
  fetch(`${app.url}${path}${query}`, {
    headers: { authorization, accept, "accept-encoding": "identity", ...headers },
  });
const lines = (text: string) => text.split("\n").filter((line) => line !== "");
const idsOf = (text: string) => lines(text).map((line) => JSON.parse(line).application_id);
/** What this process has worked, however busy the machine is with others. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const allIds = Array.from({ length: count }, (_, index) => count - index);

describe("an NDJSON stream", () => {
  test("returns every application once, one per line, as in the list", async () => {
    const response = await open("application/x-ndjson");
    const text = await response.text();
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(response.headers.get("vary")).toContain("Accept");
    expect(idsOf(text)).toEqual(allIds);
    const page = await open("application/json", "?pageSize=1");
    expect(await page.text()).toContain(lines(text)[0] ?? "-");
    for (const { headers } of [response, page]) expect(headers.get("x-accel-buffering")).toBe("no");
  });

  test("accepts the list's filters, and refuses what the list refuses", async () => {
    const filtered = await open("application/x-ndjson", "?revisionState=OBSOLETE");
    expect(await filtered.text()).toBe("");
    const refused = await open("application/x-ndjson", "?fromDate=nonsense");
    expect(refused.status).toBe(400);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
  });

  test("returns a page and a link to the next when a page size is given", async () => {
    const seen: number[] = [];
    let next: string | undefined = `${app.url}${path}?pageSize=500`;
    while (next !== undefined) {
      const response: Response = await fetch(next, {
        headers: { authorization, accept: "application/x-ndjson" },
      });
      const ids = idsOf(await response.text());
      expect(ids.length).toBeLessThanOrEqual(500);
      seen.push(...ids);
      next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
    }
    expect(seen).toEqual(allIds);
  });

  test("is 401 without a grant", async () => {
    const response = await fetch(`${app.url}${path}`, { headers: { accept: "text/csv" } });
    expect(response.status).toBe(401);
  });

  test("holds no character but line feed at which a reader may split lines, however the application is served", async () => {
    const text = "a\u0085b\u2028c\u2029d\u000be\u000cf";
    await makeProgram(app, { id: 3, adminName: "separators", questions: ["wish"] });
    const more = { program_name: "separators", status: text, application_note: text, extra: { [text]: text } };
    const application = { wish: { question_type: "TEXT", text } };
    const versions = { known: 3, "published later": 4, unknown: 5 };
    const records = Object.values(versions).map((id) =>
      applicationRecord(id, { ...more, program_version_id: id, application }),
    );
    await importRecords(app, records, "separators");
    await makeProgram(app, { id: 4, adminName: "separators", questions: ["wish", "another wish"] });
    const { token } = await makeKey(app, { subnet: "127.0.0.0/8", slug: "separators" });
    const response = await fetch(`${app.url}${path.replace("snow-removal", "separators")}`, {
      headers: { authorization: `Basic ${token}`, accept: "application/x-ndjson" },
    });
    const answer = await response.text();
    expect(answer).toEndWith("}\n");
    expect(answer).not.toMatch(/[\r\v\f\u0085\u2028\u2029]/);
    expect(idsOf(answer)).toEqual([5, 4, 3]);
    for (const line of lines(answer)) {
      expect(line).toContain(String.raw`"text":"a\u0085b\u2028c\u2029d\u000be\ff"`);
      expect(JSON.parse(line)).toMatchObject({ ...more, application });
    }
  });

  for (const encoding of ["gzip", "zstd"]) {
    test(`is compressed with ${encoding} for clients that accept it`, async () => {
      const headers = { "accept-encoding": encoding };
      const packed = await open("application/x-ndjson", "", headers);
      expect(packed.headers.get("content-encoding")).toBe(encoding);
      expect(idsOf(await packed.text())).toEqual(allIds);
    });
  }

  test("stops when the client goes away: no further query runs", async () => {
    const controller = new AbortController();
    const response = await fetch(`${app.url}${path}`, {
      headers: { authorization, accept: "application/x-ndjson" },
      signal: controller.signal,
    });
    await response.body?.getReader().read();
    controller.abort();
    const countRunning = async () => {
      const running = await app.database.client`
        select query from pg_stat_activity
        where datname = current_database() and state <> 'idle' and query like '%from applications%'
          and pid <> pg_backend_pid()`;
      return running.length;
    };
    const deadline = Date.now() + 5_000;
    // Between two batches nothing runs for a moment: it has to stay so.
    let quiet = 0;
    while (quiet < 3 && Date.now() < deadline) {
      quiet = (await countRunning()) === 0 ? quiet + 1 : 0;
      await Bun.sleep(30);
    }
    expect(quiet).toBe(3);
    expect((await open("application/json", "?pageSize=1")).status).toBe(200);
  });
});

describe("a CSV stream", () => {
  test("lets others have their turn between rows of a thousand questions", async () => {
    const letters = (index: number) => String(index).replace(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)));
    const questions = Array.from({ length: 1500 }, (_, index) => `wide ${letters(index)}`);
    await makeProgram(app, { id: 5, adminName: "wide", questions });
    const keys = questions.map((name) => name.replace(" ", "_"));
    const application = Object.fromEntries(keys.map((key) => [key, { question_type: "TEXT", text: key }]));
    const records = Array.from({ length: 30 }, (_, index) => ({
      ...applicationRecord(90_000 + index),
      ...{ program_name: "wide", application },
    }));
    await importRecords(app, records, "wide");
    const grants = [{ slug: "wide", permission: "READ" as const }];
    const { token } = await makeKey(app, { grants });
    let isOver = false;
    const startedMs = cpuMs();
    const reading = app.call("/api/v1/admin/programs/wide/applications", token, { headers: { accept: "text/csv" } });
    const text = reading
      .then((response) => response.text())
      .finally(() => {
        isOver = true;
      });
    let longestMs = 0;
    for (let lastMs = startedMs; !isOver; lastMs = cpuMs()) {
      await Bun.sleep(0);
      longestMs = Math.max(longestMs, cpuMs() - lastMs);
    }
    expect(lines(await text)).toHaveLength(31);
    expect(longestMs).toBeLessThan((cpuMs() - startedMs) / 3);
  });

  test("has a header row, and one row per application", async () => {
    const response = await open("text/csv");
    expect(response.headers.get("content-type")).toStartWith("text/csv");
    const text = await response.text();
    const rows: Record<string, string>[] = parse(text, { columns: true });
    expect(text.split("\r\n")[0]).toEndWith(
      "ti_organization,application.applicant_name.text,application.wish.text,other",
    );
    expect(rows.map((row) => Number(row.application_id))).toEqual(allIds);
    expect(rows[0]).toMatchObject({
      applicant_id: "2234",
      "application.applicant_name.text": "Taylor 1234",
      "application.wish.text": "",
      status: "",
      other: "",
    });
  });

  test("has a header row for a program without applications", async () => {
    const response = await fetch(`${app.url}/api/v1/admin/programs/empty/applications`, {
      headers: { authorization, accept: "text/csv" },
    });
    expect(lines(await response.text())).toHaveLength(1);
  });
});

describe("an application as deep as may be imported, with the questions that its version adds below", () => {
  // Three levels an entity: the 42nd is on the last level that a record may have.
  const names = Array.from({ length: 43 }, (_, index) => `e${"x".repeat(index)}`);
  const questions = names.map((name, index) => ({
    ...{ name, type: "enumerator" },
    ...(index > 0 && { under: `e${"x".repeat(index - 1)}` }),
  }));
  let application: Record<string, unknown> = {};
  for (const name of names.slice(0, -1).toReversed()) {
    application = { [name]: { question_type: "ENUMERATOR", entities: [{ entity_name: "x", ...application }] } };
  }
  const deepest = `"${names.at(-1)}":{"question_type":"ENUMERATOR","entities":[]}`;

  for (const [id, adminName] of [
    [20, "known"],
    [30, "published-later"],
  ] as const) {
    test(`is in every format when its version was ${adminName}`, async () => {
      const { db } = app.database;
      if (adminName === "known") await publishExport(db, { id, adminName, questions });
      else await publishExport(db, { id: id + 1, adminName });
      await importInto(db, adminName, [makeRecord(1, { program_version_id: id, application })]);
      await publishExport(db, { id, adminName, questions });
      const { token } = await makeKey(app, { subnet: "127.0.0.0/8", slug: adminName });
      for (const accept of ["application/json", "application/x-ndjson", "text/csv"]) {
        const response = await fetch(`${app.url}${path.replace("snow-removal", adminName)}`, {
          headers: { authorization: `Basic ${token}`, accept },
        });
        expect((await response.text()).replaceAll('""', '"')).toContain(deepest);
      }
    });
  }
});

test("a program of 5,000 questions, most of them unanswered, delays nobody else in any format", async () => {
  const { db } = app.database;
  const letters = (index: number) => index.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "");
  const questions = Array.from({ length: 5000 }, (_, index) => ({ name: `wide ${letters(index)}`, type: "address" }));
  await publishExport(db, { id: 40, adminName: "very-wide", questions });
  const records = Array.from({ length: 100 }, (_, index) => makeRecord(index + 1, { program_version_id: 40 }));
  await importInto(db, "very-wide", records);
  const { token } = await makeKey(app, { subnet: "127.0.0.0/8", slug: "very-wide" });
  for (const accept of ["application/json", "application/x-ndjson", "text/csv"]) {
    let last = cpuMs();
    let longest = 0;
    const measure = () => {
      longest = Math.max(longest, cpuMs() - last);
      last = cpuMs();
    };
    const timer = setInterval(measure, 5);
    const headers = { authorization: `Basic ${token}`, accept };
    const response = await fetch(`${app.url}${path.replace("snow-removal", "very-wide")}`, { headers });
    for await (const _ of response.body ?? []) measure();
    clearInterval(timer);
    expect(response.status).toBe(200);
    expect(longest).toBeLessThan(1000);
  }
  const reads = createApiReads({ db, gate: { runningMax: 8, waitingMax: 100, patienceMs: 4_000 } });
  const program = await grantOn(db, "very-wide");
  const listing = {
    ...{ fromTime: null, toTime: null, revisionState: null, modifiedSince: null, last: null },
    program,
  };
  const call = reads.begin({ apiKeyId: 1, signal: new AbortController().signal });
  const { batches } = await exportAll(
    call,
    { ...listing, pageSize: 1000, isPaged: false },
    createServedWriter(program, "\n"),
  );
  const { value: first } = await batches.next();
  // Each has a mebibyte of unanswered questions: the first ones are sent before the others are completed.
  expect(first?.length).toBeLessThan(15);
});

test("HEAD gets the headers of a list in every format, without a length that GET doesn't have, and reads no whole export", async () => {
  const { database } = app;
  let batches = 0;
  const reads = createApiReads({ db: database.db, gate: { runningMax: 8, waitingMax: 100, patienceMs: 4_000 } });
  const counting = await startListeningApp({
    database,
    reads: {
      begin(call) {
        const { ofState, ofApplications } = reads.begin(call);
        const count: Read = (work) => {
          batches += 1;
          return ofApplications(work);
        };
        return { ofState, ofApplications: count };
      },
    },
  });
  for (const [accept, length] of [
    ["application/json", /^[1-9]\d{5}$/],
    ["application/x-ndjson", /^-$/],
    ["text/csv", /^-$/],
  ] as const) {
    batches = 0;
    const headers = { authorization, accept };
    const head = await fetch(`${counting.url}${path}`, { method: "HEAD", headers });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("content-type")).toStartWith(accept);
    expect(head.headers.get("content-length") ?? "-").toMatch(length);
    // The first rows, those read ahead, and the questions of the columns.
    expect(batches).toBeLessThanOrEqual(3);
    const whole = batches;
    await (await fetch(`${counting.url}${path}`, { headers })).text();
    expect(batches - whole).toBeGreaterThanOrEqual(accept === "application/json" ? 1 : 3);
  }
  await counting.close();
});

describe("one application", () => {
  const one = (id: string) => fetch(`${app.url}${path}/${id}`, { headers: { authorization } });

  test("has the same text as in the list", async () => {
    const response = await one("17");
    expect(response.status).toBe(200);
    const list = await (await open("application/x-ndjson")).text();
    expect(lines(list)).toContain(await response.text());
  });

  for (const id of ["0", "-1", "99999", "1e3", "nonsense", "9".repeat(40), "1%2F2", "9223372036854775808"]) {
    test(`is 404 for ${id}`, async () => {
      expect((await one(id)).status).toBe(404);
    });
  }

  test("is 404 under another program, and 401 without a grant on it", async () => {
    const other = `${app.url}/api/v1/admin/programs/empty/applications/17`;
    expect((await fetch(other, { headers: { authorization } })).status).toBe(404);
    expect((await fetch(`${app.url}${path}/17`)).status).toBe(401);
  });
});

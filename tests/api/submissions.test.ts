import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { importProgram } from "../../src/domain/programs/import.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { actor, makeKey } from "../support/factories.ts";
import { importInto } from "../support/imports.ts";
import { brokenSamples, sampleExport, sampleSlug, submit, validSample } from "../support/submission-samples.ts";

let app: TestApp;
let writer: string;
let reader: string;
const path = `/api/v1/admin/programs/${sampleSlug}/applications`;

beforeAll(async () => {
  app = await startTestApp();
  await importProgram(app.database.db, { text: sampleExport, publish: true, actor, now: noon });
  writer = (await makeKey(app, { slug: sampleSlug, permission: "WRITE" })).token;
  reader = (await makeKey(app, { slug: sampleSlug })).token;
});
afterAll(() => app.close());

async function list(query = ""): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  const response = await app.call(`${path}${query}`, reader, {
    headers: { accept: "application/x-ndjson" },
  });
  for (const line of (await response.text()).split("\n").filter((text) => text !== "")) {
    found.push(JSON.parse(line));
  }
  return found;
}

/** A few: what is read, completed and refused is proved in many runs without a server, beside the reading. */
const runs = { seed: 20261127, numRuns: 60 };

/** Several at a time: the database is what takes the time. */
async function forEach<T>(samples: readonly T[], run: (sample: T) => Promise<void>) {
  const waiting = samples.values();
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (const sample of waiting) await run(sample);
    }),
  );
}

describe("generated submissions", () => {
  test("that are valid get 201, and the list returns them as sent", async () => {
    const expected = new Map<unknown, unknown>();
    await forEach(fc.sample(validSample, runs), async ({ sent, served }) => {
      const response = await submit(app, writer, sent);
      expect([response.status, sent]).toEqual([201, sent]);
      const stored = (await response.json()) as Record<string, unknown>;
      expect(stored).toMatchObject(served);
      expect(stored.application).toEqual(served.application);
      expect(response.headers.get("location")).toBe(`http://localhost:9000${path}/${stored.application_id}`);
      const { revision_state: _, ...lasting } = stored;
      expected.set(stored.application_id, lasting);
    });
    const listed = await list();
    expect(listed).toHaveLength(runs.numRuns);
    for (const { revision_state: _, ...lasting } of listed) {
      expect(lasting).toEqual(expected.get(lasting.application_id) as typeof lasting);
    }
  });

  test("with one problem get 422 with a pointer to it alone, and are not stored", async () => {
    const before = await list();
    await forEach(brokenSamples(runs), async ({ sent, pointer }) => {
      const response = await submit(app, writer, sent);
      const { errors } = (await response.json()) as { errors?: { pointer: string }[] };
      const pointers = errors?.map((error) => error.pointer);
      expect([response.status, pointers, sent]).toEqual([422, [pointer], sent]);
    });
    expect(await list()).toHaveLength(before.length);
  });
});

test("the answer is the application as the API serves it, in its version's order", async () => {
  const response = await submit(app, writer, {
    applicant_id: 9007199254740993n.toString(),
  });
  expect(response.status).toBe(422);
  const body =
    '{"language":"es-US", "application":{"pets":{"selections":["dog","cat"],"question_type":"MULTI_SELECT"}},"applicant_id":9007199254740993}';
  const stored = await submit(app, writer, body);
  const text = await stored.text();
  expect(stored.status).toBe(201);
  expect(stored.headers.get("content-type")).toBe("application/json");
  expect(stored.headers.get("cache-control")).toBe("no-store");
  expect(text).toStartWith('{"applicant_id":9007199254740993,"application_id":');
  expect(text).toContain('"create_time":"2026-01-15T12:00:00-08:00","language":"es-US"');
  expect(text).toContain('"program_version_id":4100,"revision_state":"CURRENT","status":null');
  expect(text).toContain('"pets":{"question_type":"MULTI_SELECT","selections":["cat","dog"]}');
  const location = new URL(stored.headers.get("location") ?? "").pathname;
  const read = await app.call(location, reader);
  expect(await read.text()).toBe(text);
});

test("ids are beyond CiviForm's, and in the order of submission", async () => {
  const ids: number[] = [];
  for (const applicant_id of [1, 2, 3]) {
    const response = await submit(app, writer, { applicant_id, language: "en", application: {} });
    const { application_id: id } = (await response.json()) as { application_id: number };
    expect(id).toBeGreaterThanOrEqual(2 ** 52);
    expect(Number.isSafeInteger(id)).toBe(true);
    ids.push(id);
  }
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  const listed = await list();
  const listedIds = listed.map(({ application_id: id }) => Number(id));
  expect(listedIds).toEqual(listedIds.toSorted((a, b) => b - a));
});

test("lists all problems at once, up to a hundred, and repeats nothing that was sent", async () => {
  const long = "x".repeat(5_000);
  const application = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`unknown ${index}`, long]));
  const response = await submit(app, writer, { [long]: 1, application });
  const text = await response.text();
  const problem = JSON.parse(text);
  expect(response.status).toBe(422);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(problem.detail).toBe("The application has 153 problems. The first 100 are listed.");
  expect(problem.errors).toHaveLength(100);
  expect(problem.errors[0]).toEqual({
    pointer: "",
    detail: "There is an absurdly long name here.",
  });
  expect(problem.errors[3].pointer).toBe("/application/unknown 0");
  expect(text).not.toContain("xxx");
});

test("every program accepts the sample on its own page", async () => {
  const limited = JSON.parse(sampleExport);
  Object.assign(limited.program, { id: 77, adminName: "limited" });
  for (const { type, config } of limited.questions) {
    const limits: Record<string, object> = {
      text: { minLength: 40, maxLength: 50 },
      id: { minLength: 9, maxLength: 9 },
      multioption: { minChoicesRequired: 1, maxChoicesAllowed: 1 },
      number: { min: 3, max: 4 },
      enumerator: { minEntities: 2, maxEntities: 2 },
      map: { maxLocationSelections: 0 },
    };
    config.validationPredicates = { ...limits[type] };
  }
  for (const question of limited.questions) {
    if (question.config.name === "jobs") question.config.validationPredicates = {};
  }
  await importProgram(app.database.db, {
    text: JSON.stringify(limited),
    publish: true,
    actor,
    now: noon,
  });
  const { token } = await makeKey(app, { slug: "limited", permission: "WRITE" });
  for (const [slug, key] of [
    [sampleSlug, writer],
    ["limited", token],
  ] as const) {
    const page = await (await app.request(`/docs/api/programs/${slug}/active`)).text();
    const [, code = ""] = /id="sample-submission"[^>]*>([^<]*)</.exec(page) ?? [];
    const body = code.replaceAll("&#34;", '"').replaceAll("&#39;", "'").replaceAll("&quot;", '"');
    const response = await submit(app, key, body, { slug });
    expect([response.status, await response.json()]).toMatchObject([201, {}]);
  }
});

test("a submission answered with 201 survives an import of someone else's application with its id", async () => {
  const [sample] = fc.sample(validSample, { seed: 1, numRuns: 1 });
  const answer = await submit(app, writer, sample?.sent);
  const stored = (await answer.json()) as Record<string, unknown>;
  const find = async () => (await list()).find(({ application_id: id }) => id === stored.application_id);
  const bring = (record: object) => importInto(app.database.db, sampleSlug, [{ ...stored, ...record }]);
  const before = await find();
  expect(before).toBeDefined();
  expect(await bring({ applicant_id: 424_242, status: "taken over" })).toMatchObject({
    updated: 0,
  });
  expect(await find()).toEqual(before);
  // The same application, as another CiviKey that follows this one has it.
  expect(await bring({ status: "approved" })).toMatchObject({ updated: 1 });
  expect(await find()).toMatchObject({ status: "approved" });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { importProgram } from "../../src/domain/programs/import.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { actor, makeKey, makeProgram } from "../support/factories.ts";
import { sampleExport, sampleSlug, submit } from "../support/submission-samples.ts";

let app: TestApp;
let writer: string;
const path = `/api/v1/admin/programs/${sampleSlug}/applications`;
const good = { applicant_id: 7, language: "en-US", application: {} };

beforeAll(async () => {
  app = await startTestApp();
  await importProgram(app.database.db, { text: sampleExport, publish: true, actor, now: noon });
  await makeProgram(app, { id: 7, adminName: "other" });
  await makeProgram(app, { id: 8, adminName: "outside" });
  await makeProgram(app, { id: 9, adminName: "unpublished", publish: false });
  writer = (await makeKey(app, { slug: sampleSlug, permission: "WRITE" })).token;
});
afterAll(async () => {
  // Nothing that was refused is there.
  const [count] = await app.database.client`select count(*)::int as n from applications`;
  expect(count).toEqual({ n: 0 });
  await app.close();
});

/** A body that tells whether anybody has looked at it. */
function watchedBody(bytes = new TextEncoder().encode(JSON.stringify(good))) {
  const watched = { wasRead: false };
  const body = new ReadableStream(
    {
      pull(controller) {
        watched.wasRead = true;
        controller.enqueue(bytes);
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { watched, body };
}

const json = { "content-type": "application/json" };

describe("without the right to write, the body is never read", () => {
  const refusals: Record<string, () => Promise<string | undefined>> = {
    "no credentials": async () => undefined,
    "malformed credentials": async () => "!!!",
    "an unknown key": async () => btoa("cvk_unknown:secret"),
    "a wrong secret": async () => {
      const { keyId } = await makeKey(app, { slug: sampleSlug, permission: "WRITE" });
      return btoa(`${keyId}:wrong`);
    },
    "a retired key": async () => {
      const { token, apiKey } = await makeKey(app, { slug: sampleSlug, permission: "WRITE" });
      await app.database.client`update api_keys set retired_at = ${noon.toISOString()}::timestamptz,
        retired_by = 'test' where id = ${apiKey.id}`;
      return token;
    },
    "an expired key": async () => {
      const { token } = await makeKey(app, {
        ...{ slug: sampleSlug, permission: "WRITE", expiration: "2026-01-15" },
        now: new Date("2026-01-01T00:00:00Z"),
      });
      return token;
    },
    "a key for other addresses": async () =>
      (await makeKey(app, { slug: sampleSlug, permission: "WRITE", subnet: "10.0.0.0/8" })).token,
    "a key that may only read": async () => (await makeKey(app, { slug: sampleSlug })).token,
    "a key for another program": async () => (await makeKey(app, { slug: "other", permission: "WRITE" })).token,
  };
  for (const [name, makeToken] of Object.entries(refusals)) {
    test(`${name}: 401, like every refusal`, async () => {
      const token = await makeToken();
      for (const headers of [json, { "content-type": "text/plain" }]) {
        const { watched, body } = watchedBody();
        const authorization = token === undefined ? {} : { authorization: `Basic ${token}` };
        const response = await app.request(path, {
          method: "POST",
          headers: { ...headers, ...authorization },
          body,
        });
        expect([response.status, watched.wasRead]).toEqual([401, false]);
        expect(await response.json()).toMatchObject({
          detail: "The call needs the credentials of an API key that allows it.",
        });
      }
    });
  }

  test("the reason is recorded for admins", async () => {
    const { token, keyId } = await makeKey(app, { slug: sampleSlug });
    await submit(app, token, good);
    const line = app.logLines.findLast((each) => each.keyId === keyId);
    expect(line).toMatchObject({ method: "POST", status: 401, reason: "no_grant" });
  });
});

test("READ and WRITE are separate: a key with only WRITE can't read what it wrote", async () => {
  for (const [target, method] of [
    [path, "GET"],
    [path, "HEAD"],
    [`${path}/1`, "GET"],
  ] as const) {
    expect((await app.call(target, writer, { method })).status).toBe(401);
  }
  const options = await app.call(path, writer, { method: "OPTIONS" });
  expect([options.status, options.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
  expect((await app.call(`${path}/1`, writer, { method: "POST" })).status).toBe(405);
});

test("a program without an active version is 400 before the body is read", async () => {
  for (const slug of ["outside", "unpublished"]) {
    const { token } = await makeKey(app, { slug, permission: "WRITE" });
    await app.database.client`update programs set program_type = 'EXTERNAL' where slug = 'outside'`;
    const { watched, body } = watchedBody();
    const response = await app.call(`/api/v1/admin/programs/${slug}/applications`, token, {
      method: "POST",
      headers: json,
      body,
    });
    expect([response.status, watched.wasRead]).toEqual([400, false]);
    expect(await response.json()).toMatchObject({ detail: `Program not found for slug: ${slug}` });
  }
});

describe("a body that can't be read", () => {
  const mebibyte = 1024 * 1024;
  const cases: Record<string, [status: number, body: string | Uint8Array<ArrayBuffer>, type?: string]> = {
    "no JSON type": [415, JSON.stringify(good), "text/plain"],
    "a form": [415, "applicant_id=7", "application/x-www-form-urlencoded"],
    "nothing at all": [400, ""],
    "no JSON": [400, "applicant_id: 7"],
    "half an object": [400, '{"applicant_id":7,'],
    "a list": [400, "[]"],
    "no UTF-8": [400, new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    "a name twice": [400, '{"applicant_id":7,"language":"en","application":{},"applicant_id":8}'],
    "a name twice, spelt differently": [400, '{"language":"en","l\\u0061nguage":"en"}'],
    "an endless name twice": [400, `{"${"n".repeat(5000)}":1,"${"n".repeat(5000)}":1}`],
    "a hundred thousand brackets": [400, '{"application":'.repeat(60_000)],
    "arrays in arrays": [400, `{"application":${"[".repeat(100_000)}`],
    "more than a mebibyte": [413, `{"application":"${"x".repeat(mebibyte)}"}`],
  };
  for (const [name, [status, body, type = "application/json"]] of Object.entries(cases)) {
    test(`${name}: ${status}`, async () => {
      const response = await app.call(path, writer, {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
      const text = await response.text();
      expect([response.status, response.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
      expect(text.length).toBeLessThan(1000);
    });
  }

  test("says where the JSON is wrong", async () => {
    const response = await submit(app, writer, '{"applicant_id":7,\n "language":en}');
    expect(await response.json()).toMatchObject({
      status: 400,
      detail: "JSON is incorrectly formatted: A value is expected (line 2, column 13)",
    });
  });

  test("an invalid Idempotency-Key is 400", async () => {
    for (const key of ["", "two words", "ü", "x".repeat(256)]) {
      const response = await submit(app, writer, good, { headers: { "idempotency-key": key } });
      expect(await response.json()).toMatchObject({
        status: 400,
        detail: "Malformed header: Idempotency-Key",
      });
    }
  });
});

describe("a body made to overload the server", () => {
  const entity = (index: number) => `{"entity_name":"${index}"}`;
  const entities = (count: number) =>
    `{"question_type":"ENUMERATOR","entities":[${Array.from({ length: count }, (_, index) => entity(index))}]}`;
  const bombs: Record<string, string> = {
    "a prototype": '"__proto__":{"x":1},"application":{"__proto__":{"question_type":"TEXT"}}',
    "a huge exponent": '"application":{"monthly_income":{"question_type":"CURRENCY","currency_dollars":1e999999}}',
    "nested 100 levels deep": `"application":${'{"household_members":'.repeat(100)}1${"}".repeat(100)}`,
    "entities that would grow": `"application":{"household_members":${entities(30_000)}}`,
    "unknown questions": `"application":{${Array.from({ length: 60_000 }, (_, index) => `"q${index}":1`)}}`,
    "an e-mail that makes patterns slow": `"application":{"email":{"question_type":"EMAIL","email":"${"a.".repeat(400_000)}"}}`,
    "an address that makes patterns slow": `"application":{"home_address":{"question_type":"ADDRESS","street":"${"p o ".repeat(200_000)}","zip":"${"9".repeat(100_000)}"}}`,
  };
  const unreadable: Record<string, readonly [members: string, detail: string]> = {
    "nested 2,000 levels deep": [
      `"application":${'{"household_members":'.repeat(2000)}1${"}".repeat(2000)}`,
      "128 levels",
    ],
    "a number without end": [
      `"application":{"household_size":{"question_type":"NUMBER","number":${"9".repeat(900_000)}}}`,
      "1000 characters",
    ],
    "a small number without end": [
      `"application":{"monthly_income":{"question_type":"CURRENCY","currency_dollars":1e-${"9".repeat(900_000)}}}`,
      "1000 characters",
    ],
  };
  for (const [name, [members, detail]] of Object.entries(unreadable)) {
    test(`${name}: 400, quickly, because few readers could take it`, async () => {
      const started = performance.now();
      const response = await submit(app, writer, `{"applicant_id":7,"language":"en",${members}}`);
      expect(response.status).toBe(400);
      const text = await response.text();
      expect(text).toContain(detail);
      expect(text.length).toBeLessThan(30_000);
      expect(performance.now() - started).toBeLessThan(4_000);
    });
  }

  for (const [name, members] of Object.entries(bombs)) {
    test(`${name}: 422, quickly, with a short answer`, async () => {
      const started = performance.now();
      const response = await submit(app, writer, `{"applicant_id":7,"language":"en",${members}}`);
      expect(response.status).toBe(422);
      expect((await response.text()).length).toBeLessThan(30_000);
      expect(performance.now() - started).toBeLessThan(4_000);
    });
  }

  test("leaves no trace in the log", () => {
    expect(app.logLines.some((line) => JSON.stringify(line).length > 5_000)).toBe(false);
  });
});

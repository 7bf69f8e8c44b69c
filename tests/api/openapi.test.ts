import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "yaml";
import { importApplications } from "../../src/domain/applications/imports/import.ts";
import { importProgram } from "../../src/domain/programs/import.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { readFixture } from "../support/docs-samples.ts";
import { actor, bytesOf, makeAdmin, makeKey, makeProgram, signIn } from "../support/factories.ts";
import { createSchemaJudge, findDocumentProblems, type OpenApiDocument } from "../support/openapi.ts";
import { brokenSamples, submit, validSample } from "../support/submission-samples.ts";

let app: TestApp;
/** Of an admin, who may read drafts too. */
let cookie: string;
let token: string;
/** Of a key that may write to `sampled`, which asks every type of question. */
let sampledToken: string;
const slug = "every-question-type";
const list = `/api/v1/admin/programs/${slug}/applications`;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  cookie = await signIn(app);
  const everyType = readFixture("every-question-type-export.json");
  await publish(everyType);
  await importApplications(app.database.db, {
    slug,
    source: bytesOf(readFixture("every-question-type-applications.ndjson")),
    name: "test",
    skipInvalid: false,
    actor,
    now: noon,
  });
  await publish(laterVersion(everyType));
  await publish(everyType.replace('"adminName":', '"adminName": "sampled", "x":'));
  sampledToken = (await makeKey(app, { slug: "sampled", permission: "WRITE" })).token;
  await makeProgram(app, { id: 8, adminName: "outside", programType: "EXTERNAL" });
  await makeProgram(app, { id: 9, adminName: "unpublished", publish: false });
  token = (await makeKey(app, { slug })).token;
});
afterAll(() => app.close());

function publish(text: string) {
  return importProgram(app.database.db, { text, publish: true, actor, now: noon });
}

/** A version that turns a number into a text, drops a question and asks a new one. */
function laterVersion(text: string): string {
  const document = JSON.parse(text);
  document.program.id = 4200;
  for (const question of document.questions) {
    if (question.config.name === "household size") question.type = "text";
    if (question.config.name === "comments") question.config.name = "last words";
  }
  return JSON.stringify(document);
}

async function getDocument(query = "", of = slug): Promise<OpenApiDocument> {
  const response = await app.request(`/docs/api/schema/${of}${query}`, {
    headers: { accept: "application/json", cookie },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  return (await response.json()) as OpenApiDocument;
}

const judges = new Map<string, Promise<ReturnType<typeof createSchemaJudge>>>();
/** The judge by a document: to compile its schemas takes longer than to judge by them. */
function judgeBy(query: string, of = slug) {
  const key = `${of}${query}`;
  const judge = judges.get(key) ?? getDocument(query, of).then(createSchemaJudge);
  judges.set(key, judge);
  return judge;
}

/** An answer as JSON, whatever it is: the judge looks at it. */
async function getJson(path: string, init?: RequestInit) {
  const response = await app.call(path, token, init);
  return (await response.json()) as Record<string, unknown>;
}

const formats = [
  ["openapi-v3", "3.0.4"],
  ["swagger-v2", "2.0"],
] as const;

describe.each(formats)("the document of a program as %s", (format, version) => {
  const query = `?openApiVersion=${format}`;

  test("is valid OpenAPI", async () => {
    const document = await getDocument(query);
    expect(document.openapi ?? document.swagger).toBe(version);
    expect(await findDocumentProblems(document)).toBeUndefined();
  });

  test("matches every live answer: answered, unanswered, nested, of older versions, of unknown types", async () => {
    const judge = await judgeBy(query);
    const page = await getJson(list);
    expect(page.payload).toHaveLength(5);
    expect(judge("result", page)).toEqual([]);
    const one = await getJson(`${list}/5001`);
    expect(judge("application", one)).toEqual([]);
    const lines = await app.call(list, token, { headers: { accept: "application/x-ndjson" } });
    for (const line of (await lines.text()).trim().split("\n")) {
      expect(judge("application", JSON.parse(line))).toEqual([]);
    }
    expect(judge("problem", await getJson(`${list}?pageSize=0`))).toEqual([]);
  });

  test("doesn't match answers of another type, or without a question of a published version", async () => {
    const judge = await judgeBy(query);
    const one = await getJson(`${list}/5001`);
    const withAnswer = (key: string, answer: unknown) => ({
      ...one,
      application: { ...(one.application as object), [key]: answer },
    });
    const wrong = [
      withAnswer("phone", { question_type: "TEXT", text: "1" }),
      withAnswer("birth_date", { question_type: "DATE", date: "tomorrow" }),
      withAnswer("monthly_income", { question_type: "CURRENCY", currency_dollars: "100" }),
      withAnswer("pets", { question_type: "MULTI_SELECT", selections: null }),
      withAnswer("household_members", {
        question_type: "ENUMERATOR",
        entities: [{ entity_name: "Bo", jobs: { question_type: "TEXT", text: null } }],
      }),
      { ...one, application: {} },
    ];
    for (const value of wrong) expect(judge("application", value)).not.toEqual([]);
  });

  test("describes what may be submitted, and the answer", async () => {
    const judge = await judgeBy(query, "sampled");
    const samples = fc.sample(validSample, { seed: 7, numRuns: 30 });
    // As it is served: that an empty text is taken for null is not what a document recommends.
    for (const { served } of samples) {
      const { applicant_id, language, application } = served;
      expect(judge("submission", { applicant_id, language, application })).toEqual([]);
    }
    const response = await submit(app, sampledToken, samples[0]?.sent, { slug: "sampled" });
    expect(response.status).toBe(201);
    expect(judge("application", await response.json())).toEqual([]);
    const refused = await submit(app, sampledToken, { application: { x: 1 } }, { slug: "sampled" });
    expect(refused.status).toBe(422);
    expect(judge("problem", await refused.json())).toEqual([]);
  });

  test("catches most of the submissions that the program refuses", async () => {
    const judge = await judgeBy(query, "sampled");
    const broken = brokenSamples({ seed: 8, numRuns: 150 });
    const found = broken.filter(({ sent }) => judge("submission", sent).length > 0);
    expect(found.length / broken.length).toBeGreaterThan(0.8);
  });

  test("names the program's own routes, behind basic credentials", async () => {
    const document = await getDocument(query);
    expect(Object.keys(document.paths as object)).toEqual([
      "/applications",
      "/applications/{applicationId}",
      "/applications/erased",
      "/applications/{applicationId}/status",
      "/applications/{applicationId}/history",
    ]);
    expect(document.security).toEqual([{ basicAuth: [] }]);
    expect(document.info).toMatchObject({ title: slug, version: "4200" });
  });
});

test("Swagger 2 has CiviForm's shape", async () => {
  const document = await getDocument("?openApiVersion=swagger-v2");
  expect(document).toMatchObject({
    host: "localhost:9000",
    basePath: `/api/v1/admin/programs/${slug}`,
    schemes: ["http"],
    securityDefinitions: { basicAuth: { type: "basic" } },
    paths: { "/applications": { get: { operationId: "list_applications", tags: ["programs"] } } },
    definitions: { result: { properties: { payload: { type: "array" } } } },
  });
});

test("a document is YAML unless JSON is requested, and reads the same in YAML 1.1 and 1.2", async () => {
  for (const format of formats) {
    const path = `/docs/api/schema/${slug}?openApiVersion=${format[0]}`;
    const response = await app.request(path);
    expect(response.headers.get("content-type")).toBe("text/yaml; charset=utf-8");
    expect(response.headers.get("vary")).toContain("Accept");
    const text = await response.text();
    const json = await getDocument(`?openApiVersion=${format[0]}`);
    expect(parse(text, { version: "1.2" })).toEqual(json);
    expect(parse(text, { version: "1.1" })).toEqual(json);
  }
});

test.each([
  ["*/*", "text/yaml; charset=utf-8"],
  ["text/html,application/xhtml+xml,*/*;q=0.8", "text/yaml; charset=utf-8"],
  ["application/yaml", "application/yaml; charset=utf-8"],
  ["application/json", "application/json"],
  ["application/json;q=0.1, text/yaml", "text/yaml; charset=utf-8"],
  ["image/png", "text/yaml; charset=utf-8"],
])("Accept: %s gives %s", async (accept, contentType) => {
  const response = await app.request(`/docs/api/schema/${slug}`, { headers: { accept } });
  expect(response.headers.get("content-type")).toBe(contentType);
});

test("the stage is active by default, and its case doesn't matter", async () => {
  const active = await getDocument();
  expect(await getDocument("?stage=ACTIVE&openApiVersion=openapi-v3")).toEqual(active);
  const draft = await getDocument("?stage=Draft", "unpublished");
  expect(draft.info).toMatchObject({ title: "unpublished", version: "9" });
});

test.each(["unknown", "outside", "unpublished", "Every-Question-Type", "%00", "..%2Fx"])(
  "there is no active document of %s: 404",
  async (name) => {
    const response = await app.request(`/docs/api/schema/${name}`);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ detail: "No program found" });
  },
);

test.each([
  ["stage=obsolete", "openapi-v3", "obsolete"],
  ["stage=", "openapi-v3", ""],
  ["openApiVersion=openapi-v4", "openapi-v4", "active"],
  ["openApiVersion=constructor&stage=draft", "constructor", "draft"],
])("answers %s with 400 and CiviForm's text", async (query, format, stage) => {
  const response = await app.request(`/docs/api/schema/${slug}?${query}`, {
    headers: { cookie },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    detail: `Unable to generate OpenApi version '${format}' for program '${slug}' at stage '${stage}'.`,
  });
});

test("a repeated parameter is 400", async () => {
  const response = await app.request(`/docs/api/schema/${slug}?stage=active&stage=draft`, {
    headers: { cookie },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ detail: "Repeated query param: stage" });
});

describe("the document of the whole API", () => {
  const get = async () => (await (await app.request("/docs/api/openapi.json")).json()) as OpenApiDocument;

  test("is valid OpenAPI 3.1", async () => {
    const document = await get();
    expect(document.openapi).toBe("3.1.1");
    expect(await findDocumentProblems(document)).toBeUndefined();
  });

  test("documents every route of the API, and every path parameter", async () => {
    const { paths } = await get();
    const documented = Object.entries(paths as Record<string, Record<string, object>>);
    const told = documented.flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} /api/v1${path}`),
    );
    const routes = app.app.routes
      .filter(({ method, path }) => path.startsWith("/api/") && method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    expect(told.toSorted()).toEqual(routes.toSorted());
    for (const [path, methods] of documented) {
      for (const docs of Object.values(methods)) {
        const inPath = (docs as { parameters: { name: string; in: string }[] }).parameters.filter(
          (parameter) => parameter.in === "path",
        );
        expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      }
    }
  });

  test("matches live answers of every program", async () => {
    const judge = createSchemaJudge(await get());
    expect(judge("result", await getJson(list))).toEqual([]);
    expect(judge("programs", await getJson("/api/v1/admin/programs"))).toEqual([]);
    expect(judge("problem", await (await app.request(list)).json())).toEqual([]);
    const { token: writer } = await makeKey(app, { slug, permission: "WRITE" });
    const { payload } = (await getJson(list)) as { payload: { application_id: number }[] };
    const one = payload.find(({ application_id }) => Number.isSafeInteger(application_id));
    const send = async (body: object) => {
      const response = await app.call(`${list}/${one?.application_id}/status`, writer, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return response.json();
    };
    expect(judge("status_form", { status: "Approved" })).toEqual([]);
    expect(judge("status", await send({ status: "Approved" }))).toEqual([]);
    expect(judge("problem", await send({ status: 5 }))).toEqual([]);
    expect(judge("history", await getJson(`${list}/${one?.application_id}/history`))).toEqual([]);
    expect(judge("address_answer", { question_type: "ADDRESS", street: 1 })).not.toEqual([]);
  });
});

test("documents are also served for HEAD, and are never cached", async () => {
  for (const path of ["/docs/api/openapi.json", `/docs/api/schema/${slug}`]) {
    const response = await app.request(path, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("cache-control")).toBe("no-store");
  }
});

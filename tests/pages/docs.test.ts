import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { importProgram } from "../../src/domain/programs/import.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { readFixture } from "../support/docs-samples.ts";
import { actor, makeAdmin, makeProgram, signIn } from "../support/factories.ts";
import { readElements, readText } from "../support/markup.ts";

let app: TestApp;
let cookie: string;
const docs = "/docs/api/programs";
const everyType = `${docs}/every-question-type`;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  cookie = await signIn(app);
});
afterAll(() => app.close());

/** As an admin, who may read drafts too. */
const getPage = async (path: string, headers: Record<string, string> = { cookie }) => {
  const response = await app.request(path, { headers });
  return { response, html: await response.text() };
};

describe("without any program", () => {
  test("the program docs are a 404 page that says so", async () => {
    const { response, html } = await getPage(docs);
    expect(response.status).toBe(404);
    expect(readText(html)).toContain("No programs found");
  });

  test("the API docs are there all the same", async () => {
    const { response, html } = await getPage("/docs/api");
    expect(response.status).toBe(200);
    expect(readText(html)).toContain("No programs yet.");
  });
});

test("an address where nothing is keeps the navigation of whoever is signed in, and leads a stranger to sign-in", async () => {
  const { response, html } = await getPage("/nothing");
  expect(response.status).toBe(404);
  expect(readText(html)).toContain("There is nothing at this address");
  const hrefs = (page: string) => readElements(page).flatMap(({ attributes }) => attributes.get("href") ?? []);
  expect(hrefs(html)).toContain("/admin/refusals");
  const stranger = hrefs((await getPage("/nothing", {})).html);
  expect(stranger).toContain("/login");
  expect(stranger).not.toContain("/admin/refusals");
});

describe("with programs", () => {
  beforeAll(async () => {
    await makeProgram(app, { id: 1, adminName: "a-draft-only", publish: false });
    await makeProgram(app, { id: 2, adminName: "b-external", programType: "EXTERNAL" });
    const text = readFixture("every-question-type-export.json");
    await importProgram(app.database.db, { text, publish: true, actor, now: noon });
    await makeProgram(app, { id: 3, adminName: "snow-removal", questions: ["street", "depth"] });
    await makeProgram(app, { id: 4, adminName: "snow-removal", questions: ["street", "colour"] });
    const draft = { id: 5, adminName: "snow-removal", questions: ["street", "idea"] };
    await makeProgram(app, { ...draft, publish: false });
  });

  test("the index redirects to the first program, by slug, with an active version", async () => {
    const { response } = await getPage(docs);
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe(`${everyType}/active`);
  });

  test.each([
    ["slug=snow-removal&stage=draft", `${docs}/snow-removal/draft`],
    ["slug=snow-removal&stage=active", `${docs}/snow-removal/active`],
    ["slug=snow-removal", `${docs}/snow-removal/active`],
    ["slug=https://evil.example/&stage=x", `${docs}/https%3A%2F%2Fevil.example%2F/active`],
  ])("the form's choice %s redirects to its page, without a script", async (query, location) => {
    const { response } = await getPage(`${docs}?${query}`);
    expect([response.status, response.headers.get("location")]).toEqual([303, location]);
  });

  test("every question is listed with its key, name, type, text, and current and earlier options", async () => {
    const { response, html } = await getPage(`${everyType}/active`);
    expect(response.status).toBe(200);
    const text = readText(html);
    expect(text).toContain("pets MULTI_SELECT Which pets do you have? Name pets");
    expect(text).toContain("Options cat dog Parrot (any kind) No longer offered guinea_pig");
    expect(text).toContain('whats_your_wish__ TEXT A name with odd characters Name What\'s "your"');
    expect(text).toContain("pay CURRENCY What does $this pay? Name pay In entities of jobs");
    expect(text).toContain("Same key dupe question 1 .");
    expect(text).not.toContain("STATIC");
  });

  test("there are a sample response, a curl command, and links to both documents", async () => {
    const { html } = await getPage(`${everyType}/active`);
    const text = readText(html);
    expect(text).toContain('"street": "742 Evergreen Terrace"');
    expect(text).toContain(
      "curl --user 'KEY_ID:SECRET' 'http://localhost:9000/api/v1/admin/programs/every-question-type/applications?pageSize=100'",
    );
    const links = readElements(html).flatMap(({ attributes }) => attributes.get("href") ?? []);
    const schemas = links.filter((href) => href.startsWith("/docs/api/schema/"));
    expect(schemas).toHaveLength(2);
    for (const href of schemas) expect((await app.request(href)).status).toBe(200);
  });

  test("active and draft differ, and questions of earlier versions are marked", async () => {
    const active = readText((await getPage(`${docs}/snow-removal/active`)).html);
    expect(active).toContain("depth TEXT Earlier versions depth");
    expect(active).toContain("colour TEXT colour Name colour");
    expect(active).not.toContain("idea");
    const draft = readText((await getPage(`${docs}/snow-removal/draft`)).html);
    expect(draft).toContain("idea TEXT idea Name idea");
    expect(draft).toContain("colour TEXT Earlier versions colour");
    expect(draft).toContain("The API serves published versions only.");
  });

  test.each([
    "unknown/active",
    "b-external/active",
    "a-draft-only/active",
    "every-question-type/draft",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E/active",
    "a%00b/draft",
  ])("%s: program and version not found, as a page with 200", async (path) => {
    const { response, html } = await getPage(`${docs}/${path}`);
    expect(response.status).toBe(200);
    expect(readText(html)).toContain("Program and version not found");
    expect(html).not.toContain("alert(1)");
  });

  test("the choice offers every program with docs, and no external one", async () => {
    const { html } = await getPage(`${docs}/snow-removal/draft`);
    const options = readElements(html).filter(({ tag }) => tag === "option");
    const values = options.map(({ attributes }) => attributes.get("value"));
    expect(values).toEqual(["a-draft-only", "every-question-type", "snow-removal", "active", "draft"]);
    const selected = options.filter(({ attributes }) => attributes.has("selected"));
    expect(selected.map(({ attributes }) => attributes.get("value"))).toEqual(["snow-removal", "draft"]);
  });

  test("the API docs have every route of the document, and every program", async () => {
    const text = readText((await getPage("/docs/api")).html);
    const document = JSON.parse((await getPage("/docs/api/openapi.json")).html);
    for (const path of Object.keys(document.paths)) {
      const shown = path.replace("{programSlug}", "PROGRAM_SLUG").replace("{applicationId}", "APPLICATION_ID");
      expect(text).toContain(`/api/v1${shown}`);
    }
    for (const name of Object.keys(document.components.schemas)) expect(text).toContain(name);
    expect(text).toContain("a-draft-only draft of a-draft-only");
    expect(text).not.toContain("b-external");
  });

  test("a page shown before shows a new draft, and its publication", async () => {
    const path = `${docs}/snow-removal/draft`;
    const draftOf = (question: string) =>
      makeProgram(app, {
        id: 77,
        adminName: "snow-removal",
        questions: [question],
        publish: false,
      });
    for (const question of ["first idea", "second idea", "first idea"]) {
      await draftOf(question);
      for (const _ of [1, 2]) {
        const text = readText((await getPage(path)).html);
        expect(text).toContain(question.replace(" ", "_"));
        expect(text).not.toContain(question === "first idea" ? "second_idea" : "first_idea");
      }
    }
    expect((await getPage(`${docs}/snow-removal/active`)).html).not.toContain("first_idea");
    await makeProgram(app, { id: 77, adminName: "snow-removal", questions: ["first idea"] });
    expect((await getPage(`${docs}/snow-removal/active`)).html).toContain("first_idea");
    expect((await getPage(path)).html).toContain("Program and version not found");
  });

  test("many programs are listed page by page, and a search finds one among them", async () => {
    await app.database.client`
      with made as (
        insert into programs (slug, admin_name, name, program_type, created_at)
        select 'many-' || n, 'many' || n, 'Many ' || n, 'DEFAULT', now() from generate_series(1, 60) n
        returning id)
      insert into program_versions (id, program_id, stage, definition, questions, imported_at, published_at)
      select 1000 + id, id, 'active', '{}', '[]', now(), now() from made`;
    const linksIn = (html: string) => readElements(html).flatMap(({ attributes }) => attributes.get("href") ?? []);
    const programsIn = (html: string) => linksIn(html).filter((href) => /programs\/[^/]+\/active$/.test(href));
    const first = await getPage("/docs/api");
    const next = linksIn(first.html).find((href) => href.includes("after=")) ?? "";
    const rest = await getPage(next);
    const all = [...programsIn(first.html), ...programsIn(rest.html)];
    expect([all.length, new Set(all).size]).toEqual([62, 62]);
    expect(programsIn((await getPage("/docs/api?q=MANY+17")).html)).toEqual([`${docs}/many-17/active`]);
    const part = await getPage("/docs/api?q=many-17", { "hx-request": "true" });
    expect(programsIn(part.html)).toEqual([`${docs}/many-17/active`]);
    expect(part.html).not.toContain("<html");
    const { html } = await getPage(`${docs}/many-17/active`);
    expect(html).not.toContain('<select class="usa-select" id="select-slug"');
    expect(linksIn(html)).toContain("/docs/api#programs");
  });

  test.each(["/docs/api", `${everyType}/active`, `${docs}/unknown/active`])(
    "%s is open to everyone when the docs are public, and keeps the navigation of whoever is signed in",
    async (path) => {
      const signedOut = await getPage(path, {});
      expect(signedOut.response.status).toBe(200);
      expect(signedOut.html).not.toContain("ada@example.org");
      expect(signedOut.html).not.toContain('href="/admin/apiKeys"');
      const signedIn = await getPage(path, { cookie });
      const current = readElements(signedIn.html).find(({ attributes }) => attributes.get("aria-current") === "page");
      expect(current?.attributes.get("href")).toBe("/docs/api");
      expect(signedIn.html).toContain("ada@example.org");
    },
  );

  test.each([
    ["", `${everyType}/active`],
    ["?stage=draft", `${everyType}/draft`],
    [
      "/yaml?stage=active&openApiVersion=swagger-v2",
      "/docs/api/schema/every-question-type?stage=active&openApiVersion=swagger-v2",
    ],
  ])("the address of newer CiviForms leads to the same docs: schemas/SLUG%s", async (rest, place) => {
    const { response } = await getPage(`/docs/api/schemas/every-question-type${rest}`);
    expect([response.status, response.headers.get("location")]).toEqual([303, place]);
  });

  test("pages have the same policy as all pages: no inline script or style, no other host", async () => {
    for (const path of ["/docs/api", `${everyType}/active`]) {
      const { response, html } = await getPage(path);
      const policy = response.headers.get("content-security-policy");
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
      expect(html).not.toMatch(/<style|style="|(?:src|href)="https?:/);
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { importProgram } from "../../src/domain/programs/import.ts";
import { createRateLimits } from "../../src/http/api-guard/rate-limit.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { actor, makeAdmin, makeKey, signIn } from "../support/factories.ts";
import { makeExport } from "../support/imports.ts";

const pages = ["/docs/api", "/docs/api/programs/housing/active"];
const documents = [
  "/docs/api/openapi.json",
  "/docs/api/schema/housing",
  "/docs/api/schema/housing?openApiVersion=swagger-v2",
];
const drafts = ["/docs/api/programs/housing/draft", "/docs/api/schema/housing?stage=draft"];
const others = ["/docs/api/programs/food/active", "/docs/api/schema/food"];
const everything = [...pages, ...documents, ...drafts, ...others];

let members: TestApp;
let open: TestApp;
let cookie: string;
let token: string;
beforeAll(async () => {
  members = await startTestApp({ docsAccess: "members" });
  const { database } = members;
  open = await startTestApp({ docsAccess: "public", database });
  for (const [index, adminName] of ["housing", "food"].entries()) {
    for (const publish of [true, false]) {
      const document = makeExport({
        ...{ id: index * 10 + (publish ? 1 : 2), adminName },
        questions: [{ name: publish ? "rent" : "secret plan" }],
      });
      Object.assign(document.program, { adminDescription: "for admins only" });
      const text = JSON.stringify(document);
      await importProgram(database.db, { text, publish, actor, now: noon });
    }
  }
  await makeAdmin(members);
  cookie = await signIn(members);
  token = (await makeKey(members, { slug: "housing" })).token;
});
afterAll(async () => {
  await open.close();
  await members.close();
});

const statusOf = async (app: TestApp, path: string, headers: Record<string, string> = {}) =>
  (await app.request(path, { headers })).status;
/** One after another, because docs are made one after another. */
async function statuses(app: TestApp, paths: string[], headers?: Record<string, string>) {
  const shown: Record<string, number> = {};
  for (const path of paths) shown[path] = await statusOf(app, path, headers);
  return shown;
}
const all = (paths: string[], status: number) => Object.fromEntries(paths.map((path) => [path, status]));

describe("API docs for members", () => {
  test("send visitors without access to the sign-in page, or answer 401", async () => {
    const shown = await statuses(members, everything);
    const isPage = (path: string) => !/schema|json/.test(path);
    expect(shown).toEqual({
      ...all(everything.filter(isPage), 303),
      ...all(
        everything.filter((path) => !isPage(path)),
        401,
      ),
    });
    const { headers } = await members.request(pages[1] ?? "");
    expect(headers.get("location")).toBe(`/login?next=${encodeURIComponent(pages[1] ?? "")}`);
  });

  test("are open to an admin, drafts included", async () => {
    expect(await statuses(members, everything, { cookie })).toEqual(all(everything, 200));
  });

  test("are open to a key for the programs it has a grant on, without drafts", async () => {
    const authorization = `Basic ${token}`;
    expect(await statuses(members, everything, { authorization })).toEqual({
      ...all([...pages, ...documents], 200),
      ...all([...drafts, ...others], 401),
    });
    const response = await members.request("/docs/api", { headers: { authorization } });
    const html = await response.text();
    expect(html).toContain("/docs/api/programs/housing/active");
    expect(html).not.toContain("food");
    expect(html).not.toContain("/draft");
  });

  test("are closed to a wrong secret at every address", async () => {
    const authorization = `Basic ${btoa("nobody:nothing")}`;
    expect(await statuses(members, everything, { authorization })).toEqual(all(everything, 401));
  });
});

describe("public API docs", () => {
  test("show active versions only", async () => {
    expect(await statuses(open, everything)).toEqual({
      ...all([...pages, ...documents, ...others], 200),
      [drafts[0] ?? ""]: 303,
      [drafts[1] ?? ""]: 401,
    });
    const html = await (await open.request("/docs/api")).text();
    expect(html).toContain("/docs/api/programs/food/active");
    expect(html).not.toContain("/draft");
  });

  test("are found by the id of a version, but by that of a draft only for admins", async () => {
    const finds = async (id: number, headers: Record<string, string> = {}) =>
      (await (await open.request(`/docs/api?q=${id}`, { headers })).text()).includes("/docs/api/programs/food/active");
    expect([await finds(11), await finds(12), await finds(12, { cookie })]).toEqual([true, false, true]);
  });

  test("show the notes that admins wrote for themselves only to admins", async () => {
    const read = async (headers: Record<string, string>) =>
      (await open.request("/docs/api/schema/housing", { headers })).text();
    expect(await read({})).not.toContain("for admins only");
    expect(await read({ authorization: `Basic ${token}` })).not.toContain("for admins only");
    expect(await read({ cookie })).toContain("for admins only");
  });

  test("are limited for each network, but not for admins and good keys", async () => {
    const limits = createRateLimits({
      refusedPerMinute: 0,
      perKeyPerMinute: 0,
      anonymousPerMinute: 3,
    });
    const app = await startTestApp({ docsAccess: "public", database: members.database, limits });
    const shown = [];
    for (let count = 0; count < 5; count += 1) shown.push(await statusOf(app, "/docs/api"));
    expect(shown).toEqual([200, 200, 200, 429, 429]);
    expect(await statusOf(app, "/docs/api", { cookie })).toBe(200);
    const signed = (given: string) => statusOf(app, "/docs/api/schema/food", { authorization: `Basic ${given}` });
    for (let count = 0; count < 5; count += 1) expect(await signed(token)).toBe(200);
    expect(await signed(btoa("nobody:nothing"))).toBe(401);
    expect(await statusOf(app, "/docs/api")).toBe(429);
    app.peer = "198.51.100.9";
    expect(await statusOf(app, "/docs/api")).toBe(200);
    await app.close();
  });
});

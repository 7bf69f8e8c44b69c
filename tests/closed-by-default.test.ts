import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "./support/app.ts";
import { makeAdmin, makeKey, makeProgram, ownForm, signIn } from "./support/factories.ts";

let app: TestApp;
let cookie: string;
let token: string;

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeAdmin(app);
  cookie = await signIn(app);
  token = (await makeKey(app)).token;
});
afterAll(() => app.close());

/** The routes that anyone may use. Whoever adds one must write it down here. */
const openRoutes = [
  "GET /",
  "GET /assets/:file",
  "GET /docs/api",
  "GET /docs/api/openapi.json",
  "GET /docs/api/programs",
  "GET /docs/api/programs/:slug/active",
  "GET /docs/api/programs/:slug/draft",
  "GET /docs/api/schema/:slug",
  "GET /livez",
  "GET /login",
  "GET /readyz",
  "GET /setup",
  "POST /login",
  "POST /logout",
  "POST /setup",
];

const fill = (path: string) =>
  path.replace(":programSlug", "snow-removal").replaceAll(/:\w+|\*/g, "1");

test("every route is one of the API, one of the admin pages, or listed as open", () => {
  const others = app.app.routes
    .filter(({ path }) => !path.startsWith("/api/") && !path.startsWith("/admin/"))
    .map(({ method, path }) => `${method} ${path}`);
  expect(others.toSorted()).toEqual(openRoutes);
  expect(app.app.routes.length).toBeGreaterThan(openRoutes.length);
});

test("every API route is 401 without a key, with an admin's session too", async () => {
  for (const { method, path } of app.app.routes.filter(({ path }) => path.startsWith("/api/"))) {
    const verb = method === "ALL" ? "DELETE" : method;
    for (const headers of [{}, { cookie }]) {
      const response = await app.request(fill(path), { method: verb, headers });
      expect(`${verb} ${path} ${response.status}`).toBe(`${verb} ${path} 401`);
    }
  }
});

test("every admin route leads to sign-in without a session, with a good key too", async () => {
  for (const { method, path } of app.app.routes.filter(({ path }) => path.startsWith("/admin/"))) {
    for (const headers of [ownForm, { ...ownForm, authorization: `Basic ${token}` }]) {
      const response = await app.request(fill(path), { method, headers });
      expect(`${method} ${path} ${response.status}`).toBe(`${method} ${path} 303`);
      expect(response.headers.get("location")).toStartWith("/login");
    }
  }
});

test("admin paths are closed in every spelling, and those that do not exist too", async () => {
  for (const path of [
    "/admin",
    "/admin/nothing",
    "/ADMIN/apiKeys",
    "//admin/apiKeys",
    "/%61dmin/apiKeys",
  ]) {
    const response = await app.request(path);
    expect(`${path} ${response.status}`).toBe(`${path} 303`);
  }
});

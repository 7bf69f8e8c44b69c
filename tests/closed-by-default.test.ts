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

/**
 * The routes that anyone may use, and `/metrics`, which has a guard of its own. Whoever adds one must
 * write it down here.
 */
const openRoutes = [
  "GET /",
  "GET /apple-touch-icon.png",
  "GET /assets/:file",
  "GET /docs/api",
  "GET /docs/api/openapi.json",
  "GET /docs/api/programs",
  "GET /docs/api/programs/:slug/active",
  "GET /docs/api/programs/:slug/draft",
  "GET /docs/api/schema/:slug",
  "GET /docs/api/schemas/:slug",
  "GET /docs/api/schemas/:slug/yaml",
  "GET /docs/versions",
  "GET /favicon.ico",
  "GET /favicon.svg",
  "GET /invitation",
  "GET /livez",
  "GET /login",
  "GET /login/callback",
  "GET /login/link",
  "GET /login/reauthenticate",
  "GET /login/secondFactor",
  "GET /login/session",
  "GET /login/sign-on",
  "GET /login/signed-out",
  "GET /metrics",
  "GET /readyz",
  "GET /robots.txt",
  "GET /setup",
  "POST /invitation",
  "POST /login",
  "POST /login/link",
  "POST /login/passkey",
  "POST /login/passkey/options",
  "POST /login/secondFactor",
  "POST /login/session",
  "POST /logout",
  "POST /setup",
];

const fill = (path: string) => path.replace(":programSlug", "snow-removal").replaceAll(/:\w+|\*/g, "1");

test("every route belongs to the API or the admin pages, or is listed as open", () => {
  const others = app.app.routes
    .filter(({ path }) => !path.startsWith("/api/") && !path.startsWith("/admin/"))
    .map(({ method, path }) => `${method} ${path}`);
  expect(others.toSorted()).toEqual(openRoutes);
  expect(app.app.routes.length).toBeGreaterThan(openRoutes.length);
});

/** Every way to write a path that some reader may take for the same. */
const spellings = (path: string) => [
  path,
  `${path}/`,
  `/${path}`,
  path.replaceAll("/", "//"),
  path.toUpperCase(),
  `/${encodeURIComponent(path.slice(1))}`,
  path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  `/.${path}`,
  `/x/..${path}`,
  path.replaceAll("/", "\\").replace("\\", "/"),
];

async function expectEverywhere(
  prefix: string,
  expected: { status: number; with: readonly Record<string, string>[] },
): Promise<void> {
  const routes = app.app.routes.filter(({ path }) => path.startsWith(prefix));
  expect(routes.length).toBeGreaterThan(3);
  for (const { method, path } of routes) {
    for (const verb of [method === "ALL" ? "DELETE" : method, "HEAD", "OPTIONS"]) {
      for (const spelled of spellings(fill(path))) {
        for (const headers of expected.with) {
          const { status } = await app.request(spelled, { method: verb, headers });
          expect(`${verb} ${spelled} ${status}`).toBe(`${verb} ${spelled} ${expected.status}`);
        }
      }
    }
  }
}

test("every API route is 401 without a key, even with an admin's session, in every spelling", async () => {
  await expectEverywhere("/api/", { status: 401, with: [{}, { cookie }] });
});

test("every admin route leads to sign-in without a session, even with a good key, in every spelling", async () => {
  const withKey = { ...ownForm, authorization: `Basic ${token}` };
  await expectEverywhere("/admin/", { status: 303, with: [ownForm, withKey] });
  const response = await app.request("/admin/apiKeys", { headers: withKey });
  expect(response.headers.get("location")).toBe("/login?next=%2Fadmin%2FapiKeys");
});

test("paths that don't exist are closed too", async () => {
  for (const path of spellings("/admin")) expect((await app.request(path)).status).toBe(303);
  expect((await app.request("/admin/nothing")).status).toBe(303);
  expect((await app.request("/api/nothing")).status).toBe(401);
});

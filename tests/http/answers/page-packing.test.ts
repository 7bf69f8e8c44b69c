import { afterAll, beforeAll, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { startTestApp, type TestApp } from "../../support/app.ts";
import { makeAdmin, makeProgram, ownForm, signIn } from "../../support/factories.ts";

let app: TestApp;
let cookie: string;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app);
  cookie = await signIn(app);
});
afterAll(() => app.close());

const accept = { "accept-encoding": "gzip" };

test("a page is compressed for clients that accept it, and varies on that", async () => {
  const plain = await app.request("/admin/apiKeys", { headers: { cookie } });
  const packed = await app.request("/admin/apiKeys", { headers: { cookie, ...accept } });
  expect(plain.headers.has("content-encoding")).toBe(false);
  expect(packed.headers.get("content-encoding")).toBe("gzip");
  const head = await app.request("/admin/apiKeys", { method: "HEAD", headers: { cookie, ...accept } });
  for (const { headers } of [plain, packed, head]) expect(headers.get("vary")).toContain("Accept-Encoding");
  expect(new TextDecoder().decode(gunzipSync(await packed.bytes()))).toBe(await plain.text());
});

test("the page that shows credentials is never compressed", async () => {
  const response = await app.request("/admin/apiKeys", {
    method: "POST",
    headers: { ...ownForm, ...accept, cookie },
    body: new URLSearchParams({
      keyName: "x",
      expiration: "2026-06-30",
      subnet: "10.0.0.0/8",
      "grant-program-read[snow-removal]": "true",
    }),
  });
  expect(response.status).toBe(201);
  expect(response.headers.has("content-encoding")).toBe(false);
  expect(await response.text()).toContain("api-key-credentials");
});

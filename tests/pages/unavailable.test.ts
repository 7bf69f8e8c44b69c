import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { makeAdmin, makeKey, makeProgram, ownForm, password, signIn } from "../support/factories.ts";
import { readElements } from "../support/markup.ts";

let app: TestApp;
let cookie: string;
beforeEach(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeAdmin(app);
  cookie = await signIn(app);
});
afterEach(() => app.close());

async function open(path: string, init: RequestInit = {}) {
  const response = await app.request(path, { ...init, headers: { cookie, ...init.headers } });
  const html = await response.text();
  const links = readElements(html).filter(({ tag }) => tag === "a");
  const hrefs = links.map(({ attributes }) => attributes.get("href"));
  return { status: response.status, retryAfter: response.headers.get("retry-after"), html, hrefs };
}

const post = (fields: Record<string, string>) => ({
  method: "POST",
  headers: ownForm,
  body: new URLSearchParams(fields),
});

describe("while the database is away", () => {
  beforeEach(() => app.database.close());

  test("offers to try a page again, at the address that the browser has", async () => {
    for (const path of ["/admin/apiKeys?state=expired", "/docs/api/programs", "//admin/programs"]) {
      const { status, retryAfter, html, hrefs } = await open(path);
      expect([path, status, retryAfter]).toEqual([path, 503, "5"]);
      expect(html).toContain("Try again in a few seconds.");
      // Such a path would lead to another host.
      expect(hrefs).toContain("");
      expect(html).not.toContain("//admin");
    }
  });

  test("says that nothing was changed when the database was away before a change, and offers no second try", async () => {
    const { status, html, hrefs } = await open("/admin/programs", post({}));
    expect(status).toBe(503);
    expect(html).toContain("Nothing was changed. Try again in a few seconds.");
    expect(hrefs).not.toContain("");
  });

  test("offers no second try for signing in, and does not call it a change", async () => {
    const { status, html, hrefs } = await open("/login", post({ email: "ada@example.org", password }));
    expect(status).toBe(503);
    expect(html).toContain("Try again in a few seconds.");
    expect(html).not.toContain("changed");
    expect(hrefs).not.toContain("");
  });
});

test("says that a change may have been stored when the database went away during it", async () => {
  const { apiKey } = await makeKey(app);
  const { client } = app.database;
  const isBlocked = Promise.withResolvers<void>();
  const isOver = Promise.withResolvers<void>();
  const blocking = client.begin(async (tx) => {
    await tx`select from api_keys for update`;
    isBlocked.resolve();
    await isOver.promise;
  });
  await isBlocked.promise;
  const answer = open(`/admin/apiKeys/${apiKey.id}/retire`, post({ currentPassword: password }));
  for (;;) {
    const ended = await client`
      select pg_cancel_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    if (ended.length > 0) break;
    await Bun.sleep(10);
  }
  const { status, html, hrefs } = await answer;
  isOver.resolve();
  await blocking;
  expect(status).toBe(503);
  expect(html).toContain("your change may or may not be saved");
  expect(html).not.toContain("Nothing was changed");
  expect(hrefs).not.toContain("");
});

test("offers no second try for a missing page or a permanent failure", async () => {
  for (const path of ["/nothing", "/admin/apiKeys/999"]) {
    const { status, hrefs } = await open(path);
    expect([path, status]).toEqual([path, 404]);
    expect(hrefs).not.toContain("");
  }
});

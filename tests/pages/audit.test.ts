import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { recordAuditEvent } from "../../src/domain/access/audit/record.ts";
import type { ApiKey } from "../../src/domain/access/keys/find.ts";
import { narrowApiKey } from "../../src/domain/access/keys/narrow.ts";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { permitAll } from "../../src/domain/access/people/roles.ts";
import { type AdminAtPages, signInToPages } from "../support/admin-pages.ts";
import { noon, startTestApp, type TestApp, zone } from "../support/app.ts";
import { makeAdmin, makeKey, makeProgram } from "../support/factories.ts";
import { elementById, readElements, readText } from "../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;
let renamed: ApiKey;
const minute = (count: number) => new Date(noon.getTime() + count * 60_000);
const grace = { ...permitAll("grace@example.org"), address: "2001:db8::7" };

beforeAll(async () => {
  app = await startTestApp();
  const { db } = app.database;
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  const { apiKey } = await makeKey(app, { keyName: "Case management" });
  await makeKey(app, { keyName: "100% of it_all" });
  await retireApiKey(db, { id: apiKey.id, actor: grace, now: minute(60) });
  renamed = (await makeKey(app, { keyName: "Old name", now: minute(70) })).apiKey;
  await narrowApiKey(db, {
    id: renamed.id,
    form: {
      keyName: "New name",
      expiration: "2026-02-14",
      subnet: "203.0.113.0/25",
      contactEmail: "",
      note: "",
      grants: [{ slug: "snow-removal", permission: "READ" }],
    },
    zone,
    actor: grace,
    now: minute(80),
  });
  admin = await signInToPages(app);
});
afterAll(() => app.close());

const open = (query = "", headers: Record<string, string> = {}) => admin.open(`/admin/audit${query}`, headers);
const textOf = async (query = "") => readText((await open(query)).html);
/** The sentences of a page, in order. */
const sentences = async (query = "") =>
  [...(await open(query)).html.matchAll(/<p class="civikey-sentence">(.*?)<\/p>/gs)].map(([, html]) =>
    readText(html ?? ""),
  );

describe("the audit trail", () => {
  test("says who did what to what, newest first", async () => {
    expect(await sentences()).toEqual([
      "grace@example.org edited or restricted the API key Old name (now New name )",
      "ada@example.org created the API key Old name (now New name )",
      "grace@example.org retired the API key Case management",
      "ada@example.org created the API key 100% of it_all",
      "ada@example.org created the API key Case management",
      "ada@example.org published the program Snow removal",
      "ada@example.org imported a version of the program Snow removal",
      "ada@example.org created the admin ada@example.org",
    ]);
  });

  test("says when, from where, and in its details what changed", async () => {
    const text = await textOf("?what=api_key.narrowed");
    expect(text).toContain("Jan 15, 2026, 1:20 PM PST grace@example.org edited or restricted");
    expect(text).toContain("2001:db8::7");
    expect(text).toContain("name Old name → New name");
    expect(text).toContain("subnets 203.0.113.0/24 → 203.0.113.0/25");
  });

  test("leads to the keys", async () => {
    const { html } = await open("?what=api_key.narrowed");
    const hrefs = readElements(html).map(({ attributes }) => attributes.get("href"));
    expect(hrefs).toContain(`/admin/apiKeys/${renamed.id}`);
  });

  test.each([
    ["?who=GRACE", 2],
    ["?who=grace%40example.org&what=api_key.retired", 1],
    ["?what=api_key.created", 3],
    ["?what=api_key.borrowed", 0],
    ["?key=case+MAN", 2],
    ["?key=new+name", 2],
    ["?key=old+name", 2],
    ["?key=100%25", 1],
    ["?key=it_all", 1],
    ["?key=it%25all", 0],
    ["?who=%25", 0],
  ])("finds with %p what it should: %p", async (query, count) => {
    expect(await sentences(query)).toHaveLength(count);
  });

  test("finds by a whole key id, and not by a part of one", async () => {
    expect(await sentences(`?key=${renamed.keyId}`)).toHaveLength(2);
    expect(await sentences(`?key=${renamed.keyId.slice(0, -1)}`)).toHaveLength(0);
  });

  test("takes both days of a range, as days of the instance's zone", async () => {
    const { db } = app.database;
    for (const at of ["2026-01-10T07:59:59Z", "2026-01-10T08:00:00Z", "2026-01-12T07:59:59.999Z"]) {
      const by = { actor: grace, now: new Date(at) };
      await recordAuditEvent(db, by, "admin.created", { email: "x@example.org" });
    }
    expect(await sentences("?from=2026-01-10&until=2026-01-11")).toHaveLength(2);
    expect(await sentences("?until=2026-01-09")).toHaveLength(1);
    expect(await sentences("?from=2026-01-15&until=2026-01-15")).toHaveLength(8);
    expect(await sentences("?from=2026-01-16")).toHaveLength(0);
  });

  test.each(["yesterday", "2026-02-30", "0000-01-01", "9999-99-99", "2026-1-1", "%00".slice(1)])(
    "says that %p is no date, and keeps it",
    async (text) => {
      const { response, html } = await open(`?from=${text}&until=${text}`);
      expect(response.status).toBe(200);
      expect(readText(html)).toContain("Enter a date such as 2026-01-31.");
      expect(elementById(html, "from").attributes.get("value")).toBe(text);
      expect(elementById(html, "until").attributes.get("aria-invalid")).toBe("true");
    },
  );

  test("goes on page by page without a gap, and keeps its filters", async () => {
    const { db } = app.database;
    const by = { actor: { name: "robot", address: null }, now: minute(100) };
    for (let index = 0; index < 120; index += 1) {
      await recordAuditEvent(db, by, "admin.created", { email: `robot-${index}@example.org` });
    }
    const seen: string[] = [];
    const ranges: (string | undefined)[] = [];
    let next: string | undefined = "?who=robot&what=admin.created";
    while (next !== undefined) {
      seen.push(...(await sentences(next)));
      const { html } = await open(next);
      expect(readText(html)).toContain("120 audit events by “robot”");
      ranges.push(/\d+–\d+ of \d+/.exec(readText(html))?.[0]);
      const link = readElements(html).find(({ attributes }) => attributes.get("rel") === "next");
      next = link?.attributes.get("href")?.replace("/admin/audit", "");
    }
    expect(ranges).toEqual(["1–50 of 120", "51–100 of 120", "101–120 of 120"]);
    expect(seen).toEqual(
      Array.from({ length: 120 }, (_, index) => `robot created the admin robot-${119 - index}@example.org`),
    );
  });

  test("shows what it does not know as it is", async () => {
    await app.database.client`insert into audit_events (at, actor, action, details)
      values (now(), 'later release', 'moon.painted', '{"colour": "blue"}')`;
    expect(await sentences("?who=later")).toEqual(["later release moon.painted"]);
    expect(await textOf("?what=moon.painted")).toContain("colour blue");
  });

  test("says so when there is nothing", async () => {
    const text = await textOf("?who=nobody&key=thing&from=2026-01-01");
    expect(text).toContain("No audit events found by “nobody”, API key “thing”, from Jan 1, 2026.");
  });

  test("is answered as a fragment to htmx, and caches are told", async () => {
    const { response, html } = await open("?who=grace", { "hx-request": "true" });
    expect(html).toStartWith("<title>Audit – CiviKey</title>");
    expect(html).not.toContain("<html");
    expect(response.headers.get("vary")).toContain("HX-Request");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("cannot be written to through the page", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const headers = { cookie: admin.cookie, "sec-fetch-site": "same-origin" };
      const response = await app.request("/admin/audit", { method, headers });
      expect(response.status).toBe(404);
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type AdminAtPages, signInToPages } from "../support/admin-pages.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { makeAdmin, makeKey, makeProgram } from "../support/factories.ts";
import { readElements, readText } from "../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;
let good: Awaited<ReturnType<typeof makeKey>>;
let other: Awaited<ReturnType<typeof makeKey>>;
const list = "/api/v1/admin/programs/snow-removal/applications";

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app);
  good = await makeKey(app);
  other = await makeKey(app, { keyName: "Another one" });
  admin = await signInToPages(app);
  await makeRefusals();
});
afterAll(() => app.close());

async function makeRefusals(): Promise<void> {
  for (const { token } of [good, other]) {
    app.peer = "198.51.100.7";
    await app.call(list, token);
    app.peer = "203.0.113.7";
  }
  for (let address = 1; address <= 60; address += 1) {
    app.peer = `192.0.2.${address}`;
    await app.call(list, btoa("cvk_nobody:x"));
  }
  app.peer = "203.0.113.7";
  await app.call(list, btoa(`${good.keyId}:wrong`), {
    headers: { "x-request-id": "on-the-phone" },
  });
  await app.refusals.flush();
}

const textAt = async (path: string) => (await admin.open(path)).text;
const nextOf = (html: string) =>
  readElements(html)
    .find(({ attributes }) => attributes.get("rel") === "next")
    ?.attributes.get("href");
/** The rows of one of the page's tables. */
const rowsOf = (html: string, caption = "Refused calls") => {
  const table = html.split("<table").find((part) => part.includes(`>${caption}</caption>`)) ?? "";
  return readElements(table.slice(0, table.indexOf("</table>"))).filter(({ tag }) => tag === "tr").length - 1;
};

describe("the page of refused calls", () => {
  test("is reached from the top navigation", async () => {
    const { html } = await admin.open("/admin/apiKeys");
    expect(html).toContain('href="/admin/refusals"');
    expect((await admin.open("/admin/refusals")).text).toContain("Refused calls");
  });

  test("lists calls with and without a key, newest first, page by page", async () => {
    const first = await admin.open("/admin/refusals");
    expect(rowsOf(first.html)).toBe(50);
    expect(first.text).toContain("Wrong secret");
    const next = nextOf(first.html) ?? "";
    const second = await admin.open(next);
    expect(rowsOf(second.html)).toBe(13);
    expect(nextOf(second.html)).toBeUndefined();
    expect(second.text).toContain("Case management from 198.51.100.7");
  });

  test("is filtered by reason, and keeps the filter on the next page", async () => {
    const unknown = await admin.open("/admin/refusals?reason=unknown_key");
    expect(rowsOf(unknown.html)).toBe(50);
    expect(unknown.text).toMatch(/Fingerprint [0-9a-f]{16} from 192\.0\.2\.60/);
    const next = nextOf(unknown.html) ?? "";
    expect(next).toStartWith("/admin/refusals?reason=unknown_key&after=");
    expect(rowsOf((await admin.open(next)).html)).toBe(10);
    expect(await textAt("/admin/refusals?reason=nonsense")).toContain("Wrong secret");
  });

  test("finds the call of somebody on the phone: by request id, by address, by subnet", async () => {
    const byId = await admin.open("/admin/refusals?q=on-the-phone");
    expect(rowsOf(byId.html)).toBe(1);
    expect(byId.text).toContain("Request ID on-the-phone");
    expect(rowsOf((await admin.open("/admin/refusals?q=198.51.100.7")).html)).toBe(2);
    expect(rowsOf((await admin.open("/admin/refusals?q=198.51.100.0/24")).html)).toBe(2);
    expect(await textAt("/admin/refusals?q=nothing")).toContain("No refused calls found for “nothing”.");
  });

  test("sums up who was refused, what they tried and what to do, and counts by day and reason", async () => {
    const { html, text } = await admin.open("/admin/refusals");
    expect(rowsOf(html, "Refused calls by key")).toBe(4);
    // What to do is said once for each reason.
    expect(text.split("Unknown key Copy the username again. A key of another server doesn’t work here.")).toHaveLength(
      2,
    );
    expect(text).toMatch(/By key .* Fingerprint [0-9a-f]{16} Unknown key 60 Jan 15, 2026, 12:00 PM PST/);
    expect(text).toContain(`${list} from 192.0.2.1, 192.0.2.10, 192.0.2.11 and 57 more`);
    expect(text).toContain("Day Unknown key Wrong secret Outside the subnets Jan 15, 2026 60 1 2");
    const unknown = await admin.open("/admin/refusals?reason=unknown_key&key=&q=192.0.2.0/30");
    expect([rowsOf(unknown.html), rowsOf(unknown.html, "Refused calls by key")]).toEqual([3, 1]);
  });

  test("is filtered by day, in the instance's time zone", async () => {
    const today = await admin.open("/admin/refusals?day=2026-01-15&reason=wrong_secret");
    expect([rowsOf(today.html), rowsOf(today.html, "Refused calls by key")]).toEqual([1, 1]);
    expect(await textAt("/admin/refusals?day=2026-01-14")).toContain("No refused calls found on Jan 14, 2026.");
    expect(rowsOf((await admin.open("/admin/refusals?day=2026-02-30&reason=wrong_secret")).html)).toBe(1);
  });

  test("shows the calls of one key only, and says so", async () => {
    const { html } = await admin.open(`/admin/refusals?key=${other.apiKey.id}`);
    expect(rowsOf(html)).toBe(1);
    expect(readText(html)).toContain("Only calls with the key Another one");
    expect((await admin.open("/admin/refusals?key=999999")).response.status).toBe(404);
  });

  test("answers htmx with the part that changes", async () => {
    const { response, html } = await admin.open("/admin/refusals", { "hx-request": "true" });
    expect(html).toStartWith("<title>Refused calls – CiviKey</title>");
    expect(html).not.toContain("<html");
    expect(response.headers.get("vary")).toContain("HX-Request");
  });

  test("leads to sign-in without a session", async () => {
    const response = await app.request("/admin/refusals");
    expect([response.status, response.headers.get("location")]).toEqual([303, "/login?next=%2Fadmin%2Frefusals"]);
  });
});

describe("the page of a key", () => {
  test("answers “why do I get a 401?”, and counts by day and reason", async () => {
    const text = await textAt(`/admin/apiKeys/${good.apiKey.id}`);
    expect(text).toContain("The call came from 198.51.100.7, which is outside 203.0.113.0/24.");
    expect(text).toContain("Wrong secret The username is correct, but the password is not.");
    expect(text).toContain("Day Calls Refused: Wrong secret Refused: Outside the subnets Jan 15, 2026 0 1 1");
    expect(text).not.toContain("192.0.2.1");
  });

  test("says when nothing was refused", async () => {
    const { apiKey } = await makeKey(app, { keyName: "Never refused" });
    expect(await textAt(`/admin/apiKeys/${apiKey.id}`)).toContain("No calls with this key were refused.");
  });
});

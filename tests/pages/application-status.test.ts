import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import {
  applicationRecord,
  importRecords,
  makeAdmin,
  makeKey,
  makePerson,
  makeProgram,
  ownForm,
  signIn,
} from "../support/factories.ts";
import { readText } from "../support/markup.ts";

let app: TestApp;
let token: string;
const page = "/admin/programs/snow-removal/applications/1";
const own = "own@example.org";

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "food-vouchers" });
  await importRecords(app, [applicationRecord(1)]);
  token = (await makeKey(app)).token;
  await makeAdmin(app);
  await makePerson(app, { email: own, roles: [{ role: "program_admin", programSlug: "snow-removal" }] });
});
afterAll(() => app.close());

async function set(fields: Record<string, string>, path = page) {
  const headers = { ...ownForm, cookie: await signIn(app, own) };
  const body = new URLSearchParams(fields);
  const response = await app.request(`${path}/status`, { method: "POST", headers, body });
  const html = await response.text();
  return { status: response.status, location: response.headers.get("location"), html, text: readText(html) };
}

async function readApi(rest: string) {
  const response = await app.call(`/api/v1${page}${rest}`, token);
  const body: unknown = await response.json();
  return body;
}

test("a program admin sets a status with a note, and the API serves both at once, with who set it in the history", async () => {
  const answer = await set({ status: " Approved ", note: "By the board.\r\nSee the minutes." });
  expect([answer.status, answer.location]).toEqual([303, `${page}#status-history`]);
  expect(await readApi("")).toMatchObject({
    ...{ status: "Approved", application_note: "By the board.\nSee the minutes." },
    status_last_modified_time: "2026-01-15T12:00:00-08:00",
  });
  expect(await readApi("/history")).toMatchObject({
    payload: [{ status: "Approved", previous_status: null, source: "PERSON", api_key_name: null }],
  });
  const headers = { cookie: await signIn(app, own) };
  const text = readText(await (await app.request(page, { headers })).text());
  expect(text).toContain(`Approved None By the board. See the minutes. ${own}`);
});

test("the audit trail has who and which application, not the status: auditors may not see applications", async () => {
  await set({ status: "Waiting for a doctor", note: "" });
  const [event] = await app.database.client`select actor, action, details from audit_events order by id desc limit 1`;
  expect(event).toEqual({ actor: own, action: "application.status_set", details: { applicationId: "1" } });
});

test("empty fields remove the status and the note", async () => {
  await set({ status: "", note: " " });
  const body = await readApi("");
  expect(body).toMatchObject({ application_id: 1, status: null });
});

test("a status that the API would refuse is refused here, with what was typed", async () => {
  const long = "x".repeat(201);
  const { status, html, text } = await set({ status: long, note: "Keep this" });
  expect(status).toBe(422);
  expect(text).toContain("It must have 200 characters or fewer.");
  expect(html).toContain(`value="${long}"`);
  expect(html).toContain("Keep this");
  expect(await readApi("")).not.toMatchObject({ status: long });
});

test("another program's application, and one that does not exist, are not found", async () => {
  for (const path of ["/admin/programs/food-vouchers/applications/1", "/admin/programs/snow-removal/applications/9"]) {
    expect((await set({ status: "Approved" }, path)).status).toBe(404);
  }
});

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
const program = "/admin/programs/snow-removal";
const application = `${program}/applications/1`;

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await importRecords(app, [applicationRecord(1), applicationRecord(2)]);
  await makeAdmin(app);
  const roles = [{ role: "program_admin", programSlug: "snow-removal" }] as const;
  await makePerson(app, { email: "own@example.org", roles });
});
afterAll(() => app.close());

async function open(path: string, fields?: Record<string, string>, email = "ada@example.org") {
  const headers = { ...ownForm, cookie: await signIn(app, email) };
  const init = fields === undefined ? {} : { method: "POST", body: new URLSearchParams(fields) };
  const response = await app.request(path, { ...init, headers });
  const html = await response.text();
  return { status: response.status, location: response.headers.get("location") ?? "", html, text: readText(html) };
}

test("an admin erases an application with a reason, and is told so only when it is true", async () => {
  expect((await open(application)).html).toContain(`href="${application}/erase"`);
  expect((await open(application, undefined, "own@example.org")).html).not.toContain("/erase");
  expect((await open(`${application}/erase`)).text).toContain("Erase application 1? Its answers");
  expect(await open(`${application}/erase`, { reason: " " })).toMatchObject({ status: 422 });
  const erased = await open(`${application}/erase`, { reason: "Request 88" });
  expect([erased.status, erased.location]).toEqual([303, `${program}/applications?erased=1`]);
  expect((await open(erased.location)).text).toContain("Application 1 erased.");
  expect((await open(`${program}/applications?erased=2`)).text).not.toContain("Application 2 erased.");
  for (const path of [application, `${application}/erase`]) expect((await open(path)).status).toBe(404);
  const { token } = await makeKey(app);
  expect((await app.call(`/api/v1${application}`, token)).status).toBe(404);
  const audit = (await open("/admin/audit")).text;
  expect(audit).toContain("erased applications of the program snow-removal");
  expect(audit).toContain("Request 88");
});

test("an admin sets for how long applications are kept, and confirms what that will erase", async () => {
  expect((await open(program)).text).toContain("Kept Until somebody erases them");
  const keep = `${program}/keep`;
  expect(await open(keep, { keepDays: "1.5" })).toMatchObject({ status: 422 });
  const asked = await open(keep, { keepDays: "7" });
  expect(asked.status).toBe(200);
  expect(asked.text).toContain("1 application is older than 7 days, and will be erased within the hour.");
  // Another number has to be confirmed anew.
  expect((await open(keep, { keepDays: "8", confirmed: "7" })).text).toContain("1 application is older than 8 days");
  expect((await open(program)).text).toContain("Kept Until somebody erases them");
  const set = await open(keep, { keepDays: "7", confirmed: "7" });
  expect([set.status, set.location]).toEqual([303, `${program}?keeping=1`]);
  expect((await open(set.location)).text).toContain("Applications are kept: 7 days after submission.");
  expect((await open(keep, { keepDays: "" })).status).toBe(303);
  expect((await open(program)).text).toContain("Kept Until somebody erases them");
});

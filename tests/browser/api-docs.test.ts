import { afterAll, beforeAll, expect, test } from "bun:test";
import { importProgram } from "../../src/domain/programs/import.ts";
import { noon } from "../support/app.ts";
import { useBrowser } from "../support/browser.ts";
import { readFixture } from "../support/docs-samples.ts";
import { actor, makeAdmin, makeProgram, signIn } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const browser = useBrowser();
let app: ListeningApp;

beforeAll(async () => {
  app = await startListeningApp();
  const text = readFixture("every-question-type-export.json");
  await importProgram(app.database.db, { text, publish: true, actor, now: noon });
  await makeProgram(app, { name: "Snow removal" });
  await makeProgram(app, { id: 2, questions: ["a draft question"], publish: false });
});
afterAll(() => app.close());

test("an admin without scripts finds a program's draft by form and links, and asks no other host", async () => {
  const { page, complaints } = await browser.newPage({ javaScript: false });
  const hosts = new Set<string>();
  page.on("request", (request) => hosts.add(new URL(request.url()).origin));
  await makeAdmin(app);
  const [name = "", value = ""] = (await signIn(app)).split("=");
  await page.context().addCookies([{ name, value, url: app.url }]);
  await page.goto(`${app.url}/docs/api`);
  await page.getByRole("link", { name: "Every Question Type" }).click();
  await page.getByRole("heading", { name: "Every Question Type", level: 1 }).waitFor();
  await page.locator("#select-slug").selectOption({ label: "Snow removal (snow-removal)" });
  await page.locator("#select-version").selectOption({ label: "Draft" });
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL("**/docs/api/programs/snow-removal/draft");
  expect(await page.locator("main").textContent()).toContain("a_draft_question");
  expect([...hosts]).toEqual([app.url]);
  expect(complaints).toEqual([]);
});

test("the pages keep to the content security policy of a server", async () => {
  const { page, complaints } = await browser.newPage();
  for (const path of ["", "/programs/every-question-type/active", "/programs/unknown/draft"]) {
    await page.goto(`${app.url}/docs/api${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
  }
  expect(complaints).toEqual([]);
});

test("a command is copied as it is shown", async () => {
  const { page } = await browser.newPage();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${app.url}/docs/api/programs/snow-removal/active`);
  await page.getByRole("button", { name: "Copy curl" }).click();
  await page.getByRole("button", { name: "Copied curl" }).waitFor();
  const copied = await page.evaluate<string>("navigator.clipboard.readText()");
  expect(copied).toBe(
    `curl --user 'KEY_ID:SECRET' '${app.url}/api/v1/admin/programs/snow-removal/applications?pageSize=100'`,
  );
});

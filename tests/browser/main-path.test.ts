import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { importApplications } from "../../src/domain/applications/imports/import.ts";
import { importProgram } from "../../src/domain/programs/import.ts";
import { noon } from "../support/app.ts";
import {
  type PageOptions,
  scrollsSideways,
  useBrowser,
  viewports,
  type WatchedPage,
  waitForFocus,
} from "../support/browser.ts";
import { actor, bytesOf, makeAdmin, password, signIn } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

let app: ListeningApp;
const browser = useBrowser();
const list = "/api/v1/admin/programs/utility-discount-program/applications";

beforeAll(async () => {
  app = await startListeningApp();
  const { db } = app.database;
  await makeAdmin(app);
  const text = await Bun.file(new URL("../fixtures/civiform-program-export.json", import.meta.url)).text();
  await importProgram(db, { text, publish: true, actor, now: noon });
  const record = {
    applicant_id: 1,
    application_id: 7,
    create_time: "2025-11-03T10:00:00-08:00",
    submit_time: "2025-11-03T10:30:00-08:00",
    revision_state: "CURRENT",
    program_version_id: 2610,
    application: { applicant_name: { question_type: "NAME", first_name: "Taylor" } },
  };
  await importApplications(db, {
    slug: "utility-discount-program",
    source: bytesOf(JSON.stringify({ payload: [record] })),
    name: "test",
    skipInvalid: false,
    actor,
    now: noon,
  });
});
afterAll(() => app.close());

const call = (path: string, token: string) =>
  fetch(`${app.url}${path}`, { headers: { authorization: `Basic ${token}` } });

async function open(path: string, options: Partial<PageOptions> = {}): Promise<WatchedPage> {
  const cookie = { url: app.url, text: await signIn(app) };
  const watched = await browser.newPage({ ...options, cookie });
  await watched.page.goto(`${app.url}${path}`);
  return watched;
}

async function signInByForm(page: Page): Promise<void> {
  await page.goto(app.url);
  expect(new URL(page.url()).pathname).toBe("/login");
  await waitForFocus(page, "#email");
  await page.getByLabel("E-mail address").fill("ada@example.org");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
}

async function fillNewKey(page: Page, name: string): Promise<void> {
  await page.getByLabel("API key name").fill(name);
  await page.getByLabel("Expiration date").fill("2026-06-30");
  await page.getByLabel("API key subnet").fill("127.0.0.0/16");
  await page.locator('input[name="grant-program-read[utility-discount-program]"]').check();
}

for (const javaScript of [true, false]) {
  describe(`with script ${javaScript ? "on" : "off"}`, () => {
    test("an admin makes a key, an integrator pulls applications with it, and it dies when retired", async () => {
      const name = `Case management ${javaScript}`;
      const { page, complaints } = await browser.newPage({ javaScript });
      await signInByForm(page);
      await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "API keys" }).click();
      await page.getByRole("link", { name: "New API key" }).click();
      await page.getByRole("heading", { level: 1, name: "Create a new API key" }).waitFor();
      await fillNewKey(page, name);
      if (javaScript) await page.getByRole("button", { name: "Create" }).click();
      else await page.getByLabel("API key name").press("Enter");

      await page.getByRole("heading", { level: 1, name: `Created API key: ${name}` }).waitFor();
      const token = (await page.locator("#api-key-credentials").textContent()) ?? "";
      const secret = atob(token).split(":")[1] ?? "-";
      const shown = await page.locator("main").textContent();
      for (const label of ["API secret token", "API username", "API password", secret, "curl"]) {
        expect(shown).toContain(label);
      }

      const answer = await call(list, token);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({
        payload: [{ application_id: 7, application: { applicant_name: { first_name: "Taylor" } } }],
        nextPageToken: null,
      });

      // They are shown once: not after a reload, not on the way back, not on any other page.
      await page.reload();
      expect(await page.content()).not.toContain("cvs_");
      await page.goto(`${app.url}/admin/apiKeys`);
      expect(await page.content()).not.toContain(secret);
      // With scripts the way back is walked below, right after they were shown.
      if (!javaScript) {
        await page.goBack();
        expect(await page.content()).not.toContain("cvs_");
        await page.goto(`${app.url}/admin/apiKeys`);
      }

      await page.getByRole("link", { name, exact: true }).click();
      await page.getByRole("heading", { level: 1, name }).waitFor();
      expect(await page.content()).not.toContain(secret);
      await page
        .getByRole("link", { name: /Retire/ })
        .first()
        .click();
      await page.getByRole("button", { name: /Retire/ }).click();
      await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
      expect((await call(list, token)).status).toBe(401);
      await page
        .getByRole("link", { name: /Retired/ })
        .first()
        .click();
      await page.getByRole("link", { name, exact: true }).waitFor();

      expect(complaints).toEqual([]);
    });
  });
}

test("questions are chosen in place, and a large subnet is asked about before a key is made", async () => {
  const { page, complaints } = await open("/admin/apiKeys/new", { viewport: viewports.narrow });
  const keyName = page.getByLabel("API key name");
  await fillNewKey(page, "Large");
  // Nothing but the program's row changes.
  await page.evaluate("window.isStillHere = true");
  await page.getByRole("button", { name: "Choose questions of Utility Discount Program" }).click();
  await page.getByRole("button", { name: "Leave all personal ones out" }).click();
  await page
    .locator('[id="question_applicantname_of_utility-discount-program"]:checked')
    .waitFor({ state: "attached" });
  expect(await page.getByLabel("All but the checked ones").isChecked()).toBeTrue();
  expect(await keyName.inputValue()).toBe("Large");
  const preview = page.getByRole("complementary", { name: "This key" });
  await preview.getByText(/all questions except .*applicantname/).waitFor();
  expect(await page.evaluate<boolean>("window.isStillHere")).toBeTrue();
  expect(await scrollsSideways(page)).toBeFalse();
  await page.getByLabel("API key subnet").fill("10.0.0.0/8");
  await preview.getByText("16,777,216 addresses").first().waitFor();
  await page.getByLabel("These subnets are what I want").check();
  const isPreviewed = page.waitForResponse("**/new/preview");
  await page.getByRole("textbox", { name: "Note" }).fill("Goes on while the box is checked.");
  await isPreviewed;
  expect(await preview.textContent()).toMatch(/all questions except .*applicantname/);
  await keyName.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Created API key: Large" }).waitFor();
  expect(complaints.filter((complaint) => !complaint.includes("422"))).toEqual([]);
});

test("the back button leads to no credentials either, right after they were shown", async () => {
  const { page, complaints } = await open("/admin/apiKeys/new");
  await fillNewKey(page, "Back and forth");
  await page.getByRole("button", { name: "Create" }).click();
  await page.locator("#api-key-credentials").waitFor();
  const asked: string[] = [];
  page.on("dialog", async (dialog) => {
    asked.push(dialog.type());
    await dialog.dismiss();
  });
  const leave = () => page.getByRole("link", { name: "Back to API keys" }).click();
  await Promise.all([page.waitForEvent("dialog"), leave()]);
  expect(asked).toEqual(["beforeunload"]);
  await leave();
  await page.getByRole("heading", { level: 1, name: "API keys" }).waitFor();
  expect(asked).toHaveLength(1);

  const gone = page.getByText("The key exists; its secret cannot be shown again. Rotate it to get new credentials.");
  await page.goBack();
  await gone.waitFor();
  await page.reload();
  await gone.waitFor();
  expect(await page.content()).not.toContain("cvs_");
  expect(complaints).toEqual([]);
});

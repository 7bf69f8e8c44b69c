import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { type PageOptions, useBrowser, viewports, type WatchedPage, waitForAnnouncement } from "../support/browser.ts";
import { makeAdmin, makeKey, makeProgram, signIn } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

let app: ListeningApp;
const browser = useBrowser();

beforeAll(async () => {
  app = await startListeningApp();
  await makeAdmin(app);
  await makeProgram(app);
  const { token } = await makeKey(app, { keyName: "Warehouse export" });
  for (const credentials of [token, btoa("cvk_nobody:x")]) {
    const headers = { authorization: `Basic ${credentials}` };
    expect((await fetch(`${app.url}/api/v1/checkAuth`, { headers })).status).toBe(401);
  }
  await app.refusals.flush();
});
afterAll(() => app.close());

async function openRefusals(options: Partial<PageOptions>): Promise<WatchedPage> {
  const cookie = { url: app.url, text: await signIn(app) };
  const watched = await browser.newPage({ ...options, cookie });
  const { page } = watched;
  await page.goto(`${app.url}/admin/apiKeys`);
  const nav = page.getByRole("navigation", { name: "Main" });
  await nav.getByRole("link", { name: "Refused calls" }).click();
  await page.getByRole("heading", { level: 1, name: "Refused calls" }).waitFor();
  return watched;
}
const rowCount = (page: Page) =>
  page.getByRole("table", { name: "Refused calls", exact: true }).locator("tbody tr").count();

test("with scripts the list is filtered in place, and the address can be shared", async () => {
  const { page, complaints } = await openRefusals({ viewport: viewports.phone });
  expect(await rowCount(page)).toBe(2);
  expect(await page.locator("#refusals").textContent()).toContain(
    "The call came from 127.0.0.1, which is outside 203.0.113.0/24.",
  );
  await page.evaluate("window.isStillHere = true");
  await page.getByLabel("Reason").selectOption({ label: "Unknown key" });
  await page.waitForURL(/\?reason=unknown_key$/);
  expect(await rowCount(page)).toBe(1);
  await waitForAnnouncement(page, "1 group of identical refused calls because of “Unknown key”.");
  expect(await page.evaluate<boolean>("window.isStillHere")).toBeTrue();

  await page.reload();
  expect(await rowCount(page)).toBe(1);
  await page
    .getByRole("link", { name: /^[0-9a-f]{16}$/ })
    .first()
    .click();
  await page.waitForURL(/\?q=[0-9a-f]{16}$/);
  expect(await rowCount(page)).toBe(1);
  expect(complaints).toEqual([]);
});

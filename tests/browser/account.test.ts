import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { type PageOptions, useBrowser, waitForFocus } from "../support/browser.ts";
import { makeAdmin, makeProgram, password, signIn } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const browser = useBrowser();
const fresh = "another quiet walk by the sea";
let app: ListeningApp;

beforeAll(async () => {
  app = await startListeningApp();
});
afterAll(() => app.close());

let adminCount = 0;
/** An admin whom no other test changes. */
async function newAdmin(): Promise<string> {
  adminCount += 1;
  const { email } = await makeAdmin(app, `ada-${adminCount}@example.org`);
  return email;
}

/** A browser with a session of its own, at the account. */
async function openAccount(email: string, options: Partial<PageOptions> = {}) {
  const cookie = { url: app.url, text: await signIn(app, email) };
  const watched = await browser.newPage({ ...options, cookie });
  await watched.page.goto(`${app.url}/admin/account`);
  return watched;
}

async function signInByForm(page: Page, email: string, as: string): Promise<void> {
  await page.goto(`${app.url}/login?next=/admin/account`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(as);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Account", level: 1 }).waitFor();
}

async function fillPasswords(page: Page, current: string, chosen: string): Promise<void> {
  await page.getByLabel("Current password").fill(current);
  await page.getByLabel("New password", { exact: true }).fill(chosen);
  await page.getByLabel("Confirm new password").fill(chosen);
  await page.getByRole("button", { name: "Change password" }).click();
}

test("ends another browser's session, changes the password, saying in place what is wrong, and ends every session", async () => {
  const email = await newAdmin();
  const { page: other } = await browser.newPage({ javaScript: false });
  await signInByForm(other, email, password);
  const { page, complaints } = await openAccount(email);
  const rows = page.getByRole("table", { name: "Sessions" }).getByRole("row");
  expect(await rows.count()).toBe(3);
  expect(await rows.nth(1).textContent()).toContain("This browser");
  await page.getByRole("button", { name: "End session of Chrome on Linux" }).click();
  await page.getByText("Session ended.").waitFor();
  expect(await rows.count()).toBe(2);

  await fillPasswords(page, "not my password", "short");
  const summary = page.getByRole("region", { name: "There are 2 problems" });
  await waitForFocus(page, ".civikey-summary");
  await summary.getByRole("link", { name: "Incorrect password." }).click();
  await waitForFocus(page, "#currentPassword");
  await fillPasswords(page, password, fresh);
  await page.getByText("Password changed.").waitFor();

  await other.reload();
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await signInByForm(other, email, fresh);
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  for (const each of [page, other]) {
    await each.goto(`${app.url}/admin/account`);
    await each.getByRole("heading", { name: "Sign in" }).waitFor();
  }
  expect(complaints.filter((complaint) => !complaint.includes("422"))).toEqual([]);
});

test("a session that ends is announced on a form, can be kept, and takes nothing of what was typed with it", async () => {
  await makeProgram(app);
  const { page, complaints } = await openAccount(await newAdmin());
  const start = app.now;
  const pass = async (minutes: number) => {
    // What has just been swapped in starts its timer a moment after it is there.
    await page.locator("#session[data-htmx-powered]").waitFor({ state: "attached" });
    app.now = new Date(app.now.getTime() + minutes * 60_000);
    await page.clock.fastForward(minutes * 60_000);
  };
  await page.clock.install();
  await page.goto(`${app.url}/admin/apiKeys/new`);
  await page.getByLabel("API key name").fill("Night sync");
  await pass(58.5);
  await page.getByRole("alert").getByRole("button", { name: "Stay signed in" }).click();
  await page.getByRole("alert").waitFor({ state: "hidden" });
  await pass(58.5);
  await page.getByText("Your session ends in 2 minutes.").waitFor();
  await pass(2);
  await page.getByText("Your session has ended.").waitFor();
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText("Sign in, and your form comes back.").waitFor();
  await page.getByLabel("E-mail address").fill(`ada-${adminCount}@example.org`);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("What you typed is back").waitFor();
  expect(await page.getByLabel("API key name").inputValue()).toBe("Night sync");

  await page.goto(`${app.url}/admin/account`);
  const chosen = page.getByLabel("New password", { exact: true });
  await chosen.fill(fresh);
  await page.getByRole("button", { name: "Show password" }).click();
  expect(await chosen.getAttribute("type")).toBe("text");
  await page.getByRole("button", { name: "Hide password" }).click();
  expect(await chosen.getAttribute("type")).toBe("password");
  expect(complaints).toEqual([]);
  app.now = start;
});

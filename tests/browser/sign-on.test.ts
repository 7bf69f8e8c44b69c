/** Sign-on in a real browser, at a real provider on another site. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { useBrowser } from "../support/browser.ts";
import { makeProgram } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";
import { type OidcProvider, startOidcProvider } from "../support/oidc-provider.ts";

const browser = useBrowser();
let app: ListeningApp;
let provider: OidcProvider;

beforeAll(async () => {
  provider = await startOidcProvider();
  app = await startListeningApp({ signOn: provider.signOn, now: () => new Date() });
  await Promise.all([provider.serve(app.url), makeProgram(app)]);
});
afterAll(async () => {
  await app.close();
  await provider.close();
});

const ada = { sub: "ada-1", email: "ada@example.org", email_verified: true, groups: ["CIVIFORM_GLOBAL_ADMIN"] };

async function signOn(page: Page, person: object): Promise<void> {
  await page.getByRole("link", { name: "Continue with City of Seattle" }).click();
  await page.getByLabel("Who").fill(JSON.stringify(person));
  await page.getByRole("button", { name: "Go" }).click();
}

/** Scripts change nothing on the way: one walk without. */
test("leads from a page to the provider and back to the page, and from sign-out to the provider's", async () => {
  const { page, complaints } = await browser.newPage({ javaScript: false });
  await page.goto(`${app.url}/admin/apiKeys/new`);
  await signOn(page, ada);
  await page.getByRole("heading", { name: "New API key", level: 1 }).waitFor();
  expect(page.url()).toBe(`${app.url}/admin/apiKeys/new`);
  await page.locator("summary", { hasText: "Account" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign out here, too" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(page.url()).toStartWith(`${app.url}/login`);
  await page.goto(`${app.url}/admin/apiKeys`);
  expect(page.url()).toContain("/login?next=");
  // Signed out there as well: the provider asks who it is.
  await page.getByRole("link", { name: "Continue with City of Seattle" }).click();
  await page.getByLabel("Who").waitFor();
  expect(complaints).toEqual([]);
});

test("makes a key in an old session after signing in again in another tab, with what was typed still there", async () => {
  const { page, complaints } = await browser.newPage();
  await page.goto(`${app.url}/login`);
  await signOn(page, ada);
  await page.getByRole("link", { name: "New API key" }).click();
  await page.getByLabel("API key name").fill("Case management");
  await page.getByLabel("Expiration date").fill(new Date(Date.now() + 864e6).toISOString().slice(0, 10));
  await page.getByLabel("API key subnet").fill("10.0.0.0/24");
  await page.locator('input[name="grant-program-read[snow-removal]"]').check();
  await app.database.client`update sessions set authenticated_at = authenticated_at - interval '1 hour'`;
  const create = page.getByRole("button", { name: "Create" });
  await create.click();
  const [tab] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("link", { name: "Sign in again with City of Seattle (new tab)" }).click(),
  ]);
  await tab.getByLabel("Who").fill(JSON.stringify(ada));
  await tab.getByRole("button", { name: "Go" }).click();
  await tab.getByRole("heading", { name: "Confirmed" }).waitFor();
  await tab.close();
  await create.click();
  await page.getByRole("heading", { level: 1, name: "Created API key: Case management" }).waitFor();
  expect(complaints.filter((text) => !text.includes("422"))).toEqual([]);
});

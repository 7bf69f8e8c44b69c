import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";

import { getApiKey } from "../../src/domain/access/keys/find.ts";
import { type PageOptions, useBrowser, viewports, type WatchedPage } from "../support/browser.ts";
import { actor, makeAdmin, signIn } from "../support/factories.ts";

import { fillLargeInstance, largeInstance, widestKeyName } from "../support/large-instance.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const browser = useBrowser();
let app: ListeningApp;
let slug: string;

beforeAll(async () => {
  app = await startListeningApp();
  await makeAdmin(app);
  await fillLargeInstance(app);
  const [first] = await app.database.client<{ slug: string }[]>`select min(slug) as slug from programs`;
  slug = first?.slug ?? "";
}, 60_000);
afterAll(() => app.close());

async function open(path: string, options: Partial<PageOptions> = {}): Promise<WatchedPage> {
  const cookie = { url: app.url, text: await signIn(app) };
  const watched = await browser.newPage({ ...options, cookie });
  await watched.page.goto(`${app.url}${path}`);
  return watched;
}

const paths = () => [
  "/admin/apiKeys",
  "/admin/apiKeys?q=back",
  "/admin/apiKeys?sort=-lastUsed",
  "/admin/apiKeys/retired",
  "/admin/apiKeys/new",
  "/admin/apiKeys/new?programSearch=meals",
  "/admin/apiKeys/993",
  `/admin/apiKeys/${largeInstance.apiKeys}`,
  `/admin/apiKeys/${largeInstance.apiKeys}?grantsFrom=900`,
  `/admin/apiKeys/${largeInstance.apiKeys}/retire`,
  "/admin/programs",
  `/admin/programs/${slug}`,
  "/admin/applications",
  "/admin/refusals",
  "/admin/audit",
  "/docs/api",
  "/docs/api?q=meals",
  `/docs/api/programs/${slug}/active`,
];

describe(`with ${largeInstance.apiKeys} keys and ${largeInstance.programs} programs`, () => {
  test("every page travels in less than 20 KB", async () => {
    const headers = { cookie: await signIn(app), "accept-encoding": "gzip" };
    const tooMuch: string[] = [];
    for (const path of paths()) {
      const response = await fetch(`${app.url}${path}`, { headers, decompress: false });
      const { length } = await response.bytes();
      const isPacked = response.headers.get("content-encoding") === "gzip";
      if (response.status !== 200 || !isPacked || length >= 20_000) tooMuch.push(`${path}: ${length} bytes`);
    }
    expect(tooMuch).toEqual([]);
  });

  test("the list finds one key among all", async () => {
    const { page } = await open("/admin/apiKeys");
    await page.getByRole("searchbox").fill("data WAREHOUSE");
    await page.waitForURL(/q=data/);
    const names = page.locator("th[scope=row] a");
    expect(await names.allInnerTexts()).toEqual([widestKeyName]);
    await page.getByRole("link", { name: /^\+998 more programs/ }).click();
    await page.getByText("1 to 100 of 1,000, by name.").waitFor();
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await page.getByText("101 to 200 of 1,000, by name.").waitFor();
  });
});

/** Two programs that no single search finds. */
const found = ["Housing of district 2 (", "Senior meals of district 3 ("];
const boxOf = (page: Page, name: string) => page.locator("#grants li", { hasText: name }).locator("input").first();

async function fillKey(page: Page, keyName: string): Promise<void> {
  await page.getByLabel("API key name").fill(keyName);
  await page.getByLabel("Expiration date").fill("2026-06-30");
  await page.getByLabel("API key subnet").fill("10.1.0.0/16");
  await page.getByLabel("Contact e-mail").fill("ops@example.org");
  await page.locator("#note").fill("Two\nlines");
}

describe("a key for some of many programs", () => {
  test("is made by searching, without anything that was filled in or checked getting lost", async () => {
    const keyName = "Searched";
    const { page, complaints } = await open("/admin/apiKeys/new", { viewport: viewports.phone });
    await fillKey(page, keyName);
    await page.locator("#programs_found").getByText("The first 20 of 1,000 programs.").waitFor();
    for (const name of found) {
      const search = page.getByLabel("Find a program");
      await search.fill(name.toUpperCase());
      await page.locator("#programs_found li", { hasText: name }).waitFor();
      expect(await search.evaluate((field) => field.matches(":focus"))).toBeTrue();
      await boxOf(page, name).check();
    }
    expect(await boxOf(page, found[0] ?? "").isChecked()).toBeTrue();
    expect(await page.locator("#grants :checked").count()).toBe(2);
    const search = page.getByLabel("Find a program");
    await search.fill("no such program");
    // Enter in a field never creates a key where programs are still searched for.
    await search.press("Enter");
    const outcome = page.locator("#programs_found");
    await outcome.getByText("No other programs found for “no such program”.").waitFor();
    expect(await page.locator("#programs_chosen > li").count()).toBe(2);
    expect(await page.getByLabel("API key name").inputValue()).toBe(keyName);
    expect(await page.locator("#note").inputValue()).toBe("Two\nlines");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { level: 1, name: `Created API key: ${keyName}` }).waitFor();
    const keyId = (await page.locator("#api-key-username").textContent()) ?? "";
    const apiKey = await getApiKey(app.database.db, { actor, keyId, now: app.now });
    expect(apiKey).toMatchObject({ contactEmail: "ops@example.org", note: "Two\r\nlines" });
    expect(apiKey.grants.map(({ programName }) => programName.replace(/\(.*/, "("))).toEqual(found);
    expect(complaints).toEqual([]);
  });
});

test("a search that fails says so, and takes nothing away", async () => {
  const { page } = await open("/admin/apiKeys/new");
  await page.getByLabel("API key name").fill("Kept");
  await page.context().clearCookies();
  await page.getByLabel("Find a program").fill("meals");
  await page.locator("#programs_found").getByText("Something went wrong. Try again.").waitFor();
  expect(await page.getByLabel("API key name").inputValue()).toBe("Kept");
});

test("the documentation finds a program among many", async () => {
  const { page, complaints } = await browser.newPage();
  await page.goto(`${app.url}/docs/api/programs/${slug}/active`);
  await page.getByRole("link", { name: "Find another program" }).click();
  await page.getByRole("searchbox").fill("meals of district 993");
  await page.waitForURL(/q=meals/);
  await page.getByRole("link", { name: /^Senior meals of district 993/ }).click();
  await page.getByRole("heading", { level: 1, name: /^Senior meals of district 993/ }).waitFor();
  expect(complaints).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { noon } from "../support/app.ts";
import {
  type PageOptions,
  useBrowser,
  type WatchedPage,
  waitForAnnouncement,
  waitForFocus,
} from "../support/browser.ts";
import { actor, makeAdmin, makeKey, makeProgram, signIn } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const browser = useBrowser();
let app: ListeningApp;

beforeAll(async () => {
  app = await startListeningApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  await makeKey(app, { keyName: "Snow plough dispatch", expiration: "2026-12-31" });
  await makeKey(app, { keyName: "Warehouse export" });
  const { keyId } = await makeKey(app, { keyName: "Summer pilot" });
  await retireApiKey(app.database.db, { keyId, actor, now: noon });
});
afterAll(() => app.close());

/** In a session of its own: some tests sign out. */
async function openList(options: Partial<PageOptions> = {}): Promise<WatchedPage> {
  const cookie = { url: app.url, text: await signIn(app) };
  const watched = await browser.newPage({ ...options, cookie });
  await watched.page.goto(`${app.url}/admin/apiKeys`);
  return watched;
}

const names = ({ page }: WatchedPage) => page.locator("th[scope=row] a").allInnerTexts();

describe("the list with scripts", () => {
  test("narrows while one types: no reload, focus kept, the result announced, an address to share", async () => {
    const watched = await openList();
    const { page, complaints } = watched;
    await page.evaluate("window.isStillHere = true");
    await page.locator("#q").pressSequentially("plough");
    await page.waitForURL(/\?q=plough$/);

    expect(await names(watched)).toEqual(["Snow plough dispatch"]);
    expect(await page.locator("#q").inputValue()).toBe("plough");
    await waitForFocus(page, "#q");
    await waitForAnnouncement(page, "1 active API key for “plough”.");
    expect(await page.evaluate<boolean>("window.isStillHere")).toBeTrue();
    await page.reload();
    expect(await names(watched)).toEqual(["Snow plough dispatch"]);

    await page.locator("#q").fill("");
    await page.waitForURL(/apiKeys$/);
    expect(await names(watched)).toEqual(["Warehouse export", "Snow plough dispatch"]);
    expect(complaints).toEqual([]);
  });

  test("keeps what is typed while an answer is under way", async () => {
    const watched = await openList();
    const { page } = watched;
    const { promise: isAsked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: isTyped, resolve: type } = Promise.withResolvers<void>();
    await page.route("**/apiKeys?q=*", async (route) => {
      ask();
      await isTyped;
      await route.continue().catch(() => undefined);
    });
    await page.locator("#q").pressSequentially("snow");
    await isAsked;
    await page.locator("#q").pressSequentially(" plough");
    type();
    await page.waitForURL(/q=snow\+plough$/);
    expect(await page.locator("#q").inputValue()).toBe("snow plough");
  });

  test("opens tabs in place, keeps the search in them, and goes back", async () => {
    const watched = await openList();
    const { page, complaints } = watched;
    await page.getByRole("link", { name: "Retired" }).click();
    await page.waitForURL(/retired$/);
    expect(await names(watched)).toEqual(["Summer pilot"]);
    await waitForAnnouncement(page, "1 retired API key.");
    expect(await page.title()).toBe("Retired API keys – CiviKey");
    await waitForFocus(page, "#tab-retired");

    await page.locator("#q").fill("nothing like it");
    await page.waitForURL(/retired\?q=/);
    await page.locator("#api-keys").getByText("No retired API keys found").waitFor();

    await page.goBack();
    await page.waitForURL(/apiKeys$/);
    await page.getByRole("link", { name: "Warehouse export", exact: true }).waitFor();
    expect(await page.title()).toBe("API keys – CiviKey");
    expect(complaints).toEqual([]);
  });

  test("filters the keys that expire soon", async () => {
    const watched = await openList();
    const { page } = watched;
    await page.getByText("1 key expires within 30 days.").waitFor();
    await page.getByText("Expires within 30 days", { exact: true }).click();
    await page.waitForURL(/expiring=true$/);
    expect(await names(watched)).toEqual(["Warehouse export"]);
  });

  test("shows the sign-in page whole when the session has ended", async () => {
    const watched = await openList();
    const { page } = watched;
    await page.context().clearCookies();
    await page.locator("#q").fill("snow");
    await page.waitForURL(/\/login/);
    expect(await page.getByRole("heading", { level: 1 }).allInnerTexts()).toEqual(["Sign in"]);
  });

  test("works with the keyboard alone, menu included", async () => {
    const watched = await openList();
    const { page } = watched;
    await page.keyboard.press("Tab");
    await waitForFocus(page, ".usa-skipnav");
    await page.keyboard.press("Enter");
    expect(page.url()).toEndWith("#main");

    await page.locator("summary", { hasText: "Account" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("button", { name: "Sign out" }).isVisible()).toBeFalse();
    await waitForFocus(page, ".civikey-account summary");
  });
});

describe("the list without scripts", () => {
  test("searches, filters and opens tabs as plain pages", async () => {
    const watched = await openList({ javaScript: false });
    const { page, complaints } = watched;
    await page.locator("#q").fill("plough");
    await page.getByRole("button", { name: "Search" }).click();
    expect(await names(watched)).toEqual(["Snow plough dispatch"]);
    await page.getByRole("link", { name: "Show it" }).click();
    expect(await names(watched)).toEqual(["Warehouse export"]);
    await page.getByRole("link", { name: "Retired" }).click();
    expect(await names(watched)).toEqual(["Summer pilot"]);
    await page.locator("summary", { hasText: "Account" }).click();
    await page.getByRole("link", { name: "Your account" }).click();
    await page.getByRole("heading", { name: "Account", level: 1 }).waitFor();
    await page.locator("summary", { hasText: "Account" }).click();
    await page.locator("details").getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(complaints).toEqual([]);
  });
});

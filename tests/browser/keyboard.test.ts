import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { apiKeyListing } from "../../src/domain/access/keys/list.ts";
import { readFirst } from "../../src/lib/keyset.ts";
import { type PageOptions, useBrowser, type WatchedPage, waitForFocus } from "../support/browser.ts";
import { actor, makeAdmin, makeKey, makeProgram, password, signIn } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const browser = useBrowser();
let app: ListeningApp;

beforeAll(async () => {
  app = await startListeningApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
});
afterAll(() => app.close());

/** What has the focus, as assistive technology names it; and whether its outline can be seen. */
const describeFocus = `(() => {
  const { activeElement: element } = document;
  if (!element || element === document.body) return { name: "", isSeen: true };
  const label = element.labels?.[0] ?? element;
  const drawn = element.matches(".usa-checkbox__input, .usa-radio__input") ? label : element;
  const marks = [drawn, ...drawn.children].map((part) => getComputedStyle(part));
  marks.push(getComputedStyle(drawn, "::before"));
  return {
    name: (element.getAttribute("aria-label") ?? label.textContent).replace(/\\s+/g, " ").trim(),
    isSeen: marks.some(({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && outlineWidth !== "0px"),
  };
})()`;

/** Presses Tab until what is named has the focus. Everything on the way has to show that it has it. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate<{ name: string; isSeen: boolean }>(describeFocus);
    if (!focus.isSeen) throw new Error(`Nobody sees that this has the focus: ${focus.name}`);
    if (typeof name === "string" ? focus.name === name : name.test(focus.name)) return;
    passed.push(focus.name);
  }
  throw new Error(`No way with Tab to ${name}; on the way were: ${passed.join(" | ")}`);
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press("Enter");
}

async function type(page: Page, name: string | RegExp, text: string): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.type(text);
}

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();

/** The list of keys, in a session that has begun. */
async function openList(options: Partial<PageOptions> = {}): Promise<WatchedPage> {
  const cookie = { url: app.url, text: await signIn(app) };
  const watched = await browser.newPage({ ...options, cookie });
  await watched.page.goto(`${app.url}/admin/apiKeys`);
  return watched;
}

/** A date field has a part for each of month, day and year. */
async function typeDate(page: Page): Promise<void> {
  await tabTo(page, "Expiration date");
  await page.keyboard.type("06302026");
}

describe("with nothing but a keyboard", () => {
  test("without scripts an admin makes a key", async () => {
    const { page, complaints } = await openList({ javaScript: false });
    await press(page, "New API key");
    await heading(page, "Create a new API key");
    await type(page, "API key name", "Keyboard");
    await typeDate(page);
    await type(page, "API key subnet", "10.0.0.0/16");
    await tabTo(page, "Read: Snow removal");
    await page.keyboard.press("Space");
    await press(page, "Create");
    await heading(page, "Created API key: Keyboard");
    expect(complaints).toEqual([]);
  });

  test("an admin signs in, puts a form with problems right by its summary, which has the focus, and takes the credentials", async () => {
    const { page, complaints } = await browser.newPage();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(app.url);
    await waitForFocus(page, "#email");
    await page.keyboard.type("ada@example.org");
    await type(page, "Password", password);
    await page.keyboard.press("Enter");
    await heading(page, "API keys");
    await press(page, "API keys");
    await heading(page, "API keys");
    await press(page, "New API key");
    await heading(page, "Create a new API key");
    await type(page, "API key name", "Put right");
    await typeDate(page);
    await tabTo(page, "Read: Snow removal");
    await page.keyboard.press("Space");
    await press(page, "Create");
    await page.getByText("There is 1 problem").waitFor();
    await press(page, "Subnet cannot be blank.");
    await page.keyboard.type("10.0.0.0/16");
    await press(page, "Create");
    await heading(page, "Created API key: Put right");
    const token = (await page.locator("#api-key-credentials").textContent()) ?? "";
    expect(token).toStartWith("Y3Zr");
    await press(page, "Copy API secret token");
    await page.getByRole("button", { name: "Copied API secret token" }).waitFor();
    expect(await page.evaluate<string>("navigator.clipboard.readText()")).toBe(token);
    await press(page, "Open this key");
    await heading(page, "Put right");
    expect(complaints.filter((complaint) => !complaint.includes("422"))).toEqual([]);
  });

  test("an admin finds a key, narrows it, retires it, is told so, and signs out", async () => {
    const keyName = "To be retired";
    const { apiKey } = await makeKey(app, { keyName, subnet: "10.0.0.0/8" });
    const { page, complaints } = await openList();
    await type(page, /^Search by name/, keyName);
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=To/);
    await press(page, keyName);
    await heading(page, keyName);
    await press(page, "Edit or restrict");
    await heading(page, `Edit or restrict ${keyName}`);
    await tabTo(page, "API key subnet");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("10.1.0.0/16");
    await press(page, "Review changes");
    await heading(page, `Review the changes to ${keyName}`);
    await press(page, "Save changes");
    await heading(page, keyName);
    const notice = page.locator("main [role=status]");
    expect(await notice.textContent()).toContain("Changes saved.");

    await press(page, "API keys");
    await heading(page, "API keys");
    await press(page, `Actions for ${keyName}`);
    await press(page, `Retire key ${keyName}`);
    await heading(page, `Retire ${keyName}?`);
    await press(page, "Retire key");
    await heading(page, "API keys");
    expect(await notice.textContent()).toBe(`${keyName} is retired. All calls with it are now refused.`);
    await press(page, /^Retired \d+$/);
    await page.getByRole("link", { name: keyName, exact: true }).waitFor();
    const filter = { state: "retired", search: keyName, now: app.now } as const;
    const apiKeys = await readFirst(apiKeyListing(app.database.db, { actor, filter }), 2);
    expect(apiKeys.map(({ id }) => id)).toEqual([apiKey.id]);

    await press(page, "Account");
    await press(page, "Sign out");
    await heading(page, "Sign in");
    expect(complaints).toEqual([]);
  });
});

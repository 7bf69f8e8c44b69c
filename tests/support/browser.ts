/** A real Chromium for tests: found, started once for all of them, and watched for complaints. */
import { afterAll, afterEach, beforeAll, beforeEach } from "bun:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "./chromium.ts";

/** How a page is opened. */
export interface PageOptions {
  readonly javaScript: boolean;
  readonly viewport: { readonly width: number; readonly height: number };
  /** The session that the browser has already, as `name=value`. */
  readonly cookie: { readonly url: string; readonly text: string };
  /** With nothing in the cache. */
  readonly isFirstVisit: boolean;
}

/** A page, and everything that its console, its scripts and its content security policy complained about. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** The window sizes that pages have to look good in. */
export const viewports = {
  desktop: { width: 1280, height: 800 },
  tablet: { width: 768, height: 1024 },
  phone: { width: 390, height: 844 },
  narrow: { width: 320, height: 640 },
} as const;

/**
 * The first three are those that matter to us of what Playwright disables: the last list replaces its own. The fourth
 * prepares a new frame for each page, which takes a third of the processor time of opening it.
 */
const disabledFeatures = "AvoidUnnecessaryBeforeUnloadCheckSync,HttpsUpgrades,PaintHolding,RenderDocument";

/**
 * Starts Chromium without anything that talks to other hosts. Throws when there is no Chromium. `isDrawn: false`
 * lays pages out and never draws them, in two thirds of the processor time: they can be measured, but not clicked.
 */
export async function launchBrowser({ isDrawn = true } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      // Drawing in a process of its own takes a seventh of the processor time of a test.
      "--in-process-gpu",
      // To start another process for a page takes as long as to show several pages. Another site still gets its own.
      "--renderer-process-limit=1",
      `--disable-features=${disabledFeatures}`,
      ...(isDrawn ? [] : ["--disable-threaded-compositing"]),
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

let shared: Promise<Browser> | undefined;

/** The one browser of this process; another when it is gone. It ends with the process. */
async function shareBrowser(): Promise<Browser> {
  const running = await shared;
  if (running?.isConnected()) return running;
  idle.length = 0;
  shared = launchBrowser();
  return shared;
}

/** Emptied pages: to open one takes longer than most tests need it. */
const idle: OpenPage[] = [];

/** Lends a test file pages of the browser: until the end of the test that asks, or of the file. */
export function useBrowser(): { newPage(options?: Partial<PageOptions>): Promise<WatchedPage> } {
  const lentToTest: OpenPage[] = [];
  const lentToFile: OpenPage[] = [];
  let isInTest = false;
  beforeAll(async () => {
    await shareBrowser();
  });
  beforeEach(() => {
    isInTest = true;
  });
  afterEach(async () => {
    isInTest = false;
    await takeBack(lentToTest.splice(0));
  });
  afterAll(() => takeBack(lentToFile.splice(0)));
  return {
    async newPage(options = {}) {
      const { javaScript = true, viewport = viewports.desktop, cookie } = options;
      const index = idle.findIndex((one) => one.javaScript === javaScript);
      const [found] = index < 0 || options.isFirstVisit ? [] : idle.splice(index, 1);
      const lent = found ?? (await openPage(await shareBrowser(), options));
      (isInTest ? lentToTest : lentToFile).push(lent);
      await lent.page.setViewportSize(viewport);
      if (cookie !== undefined) {
        const [name = "", value = ""] = cookie.text.split("=");
        await lent.page.context().addCookies([{ name, value, url: cookie.url }]);
      }
      return lent;
    },
  };
}

async function takeBack(pages: readonly OpenPage[]): Promise<void> {
  for (const lent of pages) {
    try {
      await empty(lent);
      idle.push(lent);
    } catch {
      // Whatever a test did to it: the next one gets another.
      await lent.page.context().close();
    }
  }
}

/** Leaves nothing for the next test but a warm cache. */
async function empty({ page, complaints }: OpenPage): Promise<void> {
  const context = page.context();
  page.removeAllListeners("request");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await Promise.all([context.clearCookies(), context.clearPermissions()]);
  await page.emulateMedia({ media: null });
  await page.goto("about:blank");
  complaints.length = 0;
}

interface OpenPage extends WatchedPage {
  readonly javaScript: boolean;
  readonly complaints: string[];
}

/** Opens a page in a context of its own: no cookies, no cache, no history of another test. */
export async function openPage(
  browser: Browser,
  { javaScript = true, viewport = viewports.desktop }: Partial<PageOptions> = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ javaScriptEnabled: javaScript, viewport });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    // Chromium reports what a sign-out clears. A fetch fails when its page is left; other failed requests are told below.
    const expected = /^Clear-Site-Data header on|Failed to fetch/;
    const isExpected = message.type() === "log" || expected.test(message.text());
    if (!isExpected) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") complaints.push(`failed: ${request.url()} ${reason}`);
  });
  return { page, complaints, javaScript };
}

/** Waits until the element that a selector finds has the focus: `autofocus` gives it a moment after a page has loaded. */
export const waitForFocus = (page: Page, selector: string): Promise<void> =>
  page.locator(`${selector}:focus`).waitFor();

/**
 * Waits until the page says exactly this to screen readers: the last thing that happens when a part of it is replaced,
 * a moment after the part is there.
 */
export const waitForAnnouncement = (page: Page, text: string): Promise<void> =>
  page.locator(`#announcer:text-is(${JSON.stringify(text)})`).waitFor({ state: "attached" });

/** Whether the page can be scrolled sideways, which no page should at any width. */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");

/** A real Chromium for tests: found, started once for all of them, and watched for complaints. */
import { afterAll, afterEach, beforeAll, beforeEach } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

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

/** The shell without a window comes first: it opens a page in a third of the time. */
const usualNames = [
  ...["chromium-headless-shell", "chromium", "chromium-browser"],
  ...["google-chrome-stable", "google-chrome"],
];

/** Finds the browser: `CHROMIUM_PATH`, one of the usual names on the path, or what Playwright has installed. Throws when there is none. */
export function findChromium(): string {
  const installed = chromium.executablePath();
  const found =
    process.env.CHROMIUM_PATH ||
    usualNames.map((name) => Bun.which(name)).find(Boolean) ||
    (existsSync(installed) ? installed : undefined);
  if (found) return found;
  throw new Error(
    `The browser tests need Chromium. Install it (apt-get install chromium), or set CHROMIUM_PATH. Looked for: ${usualNames.join(", ")}.`,
  );
}

/**
 * The first three are those that matter to us of what Playwright disables: the last list replaces its own. The fourth
 * prepares a new frame for each page, which takes a third of the processor time of opening it.
 */
const disabledFeatures = "AvoidUnnecessaryBeforeUnloadCheckSync,HttpsUpgrades,PaintHolding,RenderDocument";

/**
 * Starts Chromium without anything that talks to other hosts. Throws when there is no Chromium. `isDrawn: false`
 * lays pages out and never draws them, in two thirds of the processor time: they can be measured, but not clicked.
 */
export function launchBrowser({ isDrawn = true } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
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

/** Whether the element that a selector finds has the focus. */
export const isFocused = (page: Page, selector: string): Promise<boolean> =>
  page.locator(selector).evaluate((element) => element.matches(":focus"));

/** A row like an earlier one but for its words repeats what axe has seen, and axe takes long to look at each. */
export const dropRepeatedRows = `for (const list of document.querySelectorAll("tbody, ul, ol")) {
  const seen = new Set();
  for (const row of [...list.children]) {
    const shape = row.outerHTML.replace(/>[^<]+/g, ">x").replace(/ (?!class|role|type)([\\w-]+)="[^"]*"/g, " $1");
    if (seen.has(shape)) row.remove();
    seen.add(shape);
  }
}`;

/**
 * Marks each element that looks like one that was marked before in this document, on whatever page: of the same kind,
 * inside the same kinds of elements, after the same kind. Contrast is half of what axe does, and the same for all of a kind.
 */
export const markSeenKinds = `(() => {
  const kinds = (window.seenKinds ??= new Map());
  const valued = new Set(["class", "role", "type", "scope", "aria-disabled", "aria-sort"]);
  const describe = ({ localName, attributes, childNodes }) => [
    localName,
    ...[...attributes].map(({ name, value }) => (valued.has(name) ? name + "=" + value : name)),
    [...childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== ""),
  ].join(" ");
  const mark = (element, around, before) => {
    const own = describe(element);
    const kind = [around, before, own].join(">");
    const isSeen = kinds.has(kind);
    if (!isSeen) kinds.set(kind, kinds.size);
    let previous = "";
    for (const child of element.children) previous = mark(child, kinds.get(kind), previous);
    element.toggleAttribute("data-is-seen", isSeen);
    return own;
  };
  mark(document.documentElement, [innerWidth, matchMedia("(prefers-color-scheme: dark)").matches].join(), "");
})()`;

/** The size of targets is part of WCAG 2.2, but off until somebody asks for it. */
const axeRules = '{ id: "color-contrast", selector: "*:not([data-is-seen])" }, { id: "target-size", enabled: true }';

const axeScript = readFileSync(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir), "utf8");

/**
 * Runs axe (WCAG 2.2 AA and its best practices) and gives a line for each finding; none is what is wanted. The contrast
 * of colors is measured where `markSeenKinds` has left no mark; `rules` are all unless given.
 */
export async function runAxe(page: Page, { rules }: { rules?: readonly string[] } = {}): Promise<string[]> {
  // To compile it takes as long as to look at a small page.
  if (!(await page.evaluate<boolean>("'axe' in window"))) {
    await page.evaluate(`${axeScript}; axe.configure({ rules: [${axeRules}] })`);
  }
  // What it preloads is for rules that are off; selectors and what passed are half of its work to describe.
  const options = { preload: false, selectors: false, resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const { violations } = await page.evaluate<Pick<AxeResults, "violations">>(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => ({ violations }))`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary}`),
  );
}

/** Whether the page can be scrolled sideways, which no page should at any width. */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");

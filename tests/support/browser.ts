/** A real Chromium for tests: found, started once for a test file, and watched for complaints. */
import { afterAll, beforeAll, setDefaultTimeout } from "bun:test";
import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

/** How a page is opened. */
export interface PageOptions {
  readonly javaScript: boolean;
  readonly viewport: { readonly width: number; readonly height: number };
}

/** A page, and everything that its console, its scripts and its content security policy complained about. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** The window sizes that pages have to look good in. */
export const viewports = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  narrow: { width: 320, height: 640 },
} as const;

const testTimeoutMs = 30_000;
const usualNames = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

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

/** Starts Chromium without anything that talks to other hosts. Throws when there is no Chromium. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Starts one browser for a test file and stops it after the last test. */
export function useBrowser(): { newPage(options?: Partial<PageOptions>): Promise<WatchedPage> } {
  let browser: Browser | undefined;
  // A default that is set elsewhere does not reach the tests of this file.
  setDefaultTimeout(testTimeoutMs);
  beforeAll(async () => {
    browser = await launchBrowser();
  }, testTimeoutMs);
  afterAll(() => browser?.close());
  return {
    newPage(options) {
      if (browser === undefined) throw new Error("The browser runs while tests run.");
      return openPage(browser, options);
    },
  };
}

/** Opens a page in a context of its own: no cookies, no cache, no history of another test. */
export async function openPage(
  browser: Browser,
  { javaScript = true, viewport = viewports.desktop }: Partial<PageOptions> = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ javaScriptEnabled: javaScript, viewport });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "log") complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") complaints.push(`failed: ${request.url()} ${reason}`);
  });
  return { page, complaints };
}

/** Runs axe (WCAG 2.2 AA and its best practices) and gives a line for each finding; none is what is wanted. */
export async function runAxe(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate<axe.AxeResults>("axe.run(document)");
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary}`),
  );
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import {
  dropRepeatedRows,
  launchBrowser,
  openPage,
  runAxe,
  useBrowser,
  viewports,
  type WatchedPage,
} from "../support/browser.ts";
import { renderSamples } from "../support/sample-pages.ts";
import { type SampleServer, serveSamples } from "../support/sample-server.ts";

const browser = useBrowser();
const names = Object.keys(renderSamples({ href: (name) => `/assets/${name}`, version: "" }));
const firstName = names[0] ?? "";
let server: SampleServer;
let undrawn: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  server = await serveSamples();
  undrawn = await launchBrowser({ isDrawn: false });
  watched = await openPage(undrawn, { viewport: viewports.narrow });
  await watched.page.goto(`${server.url}/${firstName}`);
});
afterAll(async () => {
  await undrawn.close();
  await server.stop();
});

const unfold = "for (const part of document.querySelectorAll('details')) part.open = true";
const measure = "document.documentElement.scrollWidth";
/** What is around the content, and the colors and the width that it is drawn with. */
const describeFrame = `[innerWidth, matchMedia("(prefers-color-scheme: dark)").matches,
  ...[...document.body.children].filter((part) => !part.matches("main, dialog")).map((part) => part.outerHTML),
].join()`;
const seenFrames = new Set<string>();

/** Runs axe, which measures the contrast of each frame once: most pages have the same one. */
async function findFaults(page: Page): Promise<string[]> {
  const frame = await page.evaluate<string>(describeFrame);
  const contrastOf = seenFrames.has(frame) ? "main, main *, dialog, dialog *" : "*";
  seenFrames.add(frame);
  return runAxe(page, { contrastOf });
}

/** Shows a sample in the one document, which has its policy and keeps axe: to open each takes twice as long. */
async function show(name: string, width: number): Promise<WatchedPage> {
  const { page } = watched;
  await page.setContent(await (await fetch(`${server.url}/${name}`)).text());
  await page.evaluate(unfold);
  expect(await page.evaluate<number>(measure)).toBe(width);
  await page.evaluate(dropRepeatedRows);
  return watched;
}

describe("every page in every state, everything unfolded, at 320 px", () => {
  test.each(names)("%s: axe finds nothing, nothing is cut off, no complaint", async (name) => {
    const { page, complaints } = await show(name, viewports.narrow.width);
    expect(await findFaults(page)).toEqual([]);
    // The narrowest window with tables, and one between a tablet's and a desk's.
    for (const width of [640, 900]) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await page.evaluate<number>(measure)]).toEqual([width, width]);
    }
    await page.setViewportSize(viewports.narrow);
    expect(complaints).toEqual([]);
  });
});

test("axe finds nothing, and nothing is cut off, where a large dark screen has another layout and other colors", async () => {
  await watched.page.setViewportSize(viewports.desktop);
  await watched.page.emulateMedia({ colorScheme: "dark" });
  for (const name of ["keys-active", "new-key-problems", "key", "audit", "refusals"]) {
    const { page } = await show(name, viewports.desktop.width);
    expect([name, ...(await findFaults(page))]).toEqual([name]);
  }
});

test("a first visit loads less than 150 KB, a later page less than 20 KB", async () => {
  const { page } = await browser.newPage({ isFirstVisit: true });
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(`${server.url}/keys-active`, { waitUntil: "networkidle" });
  expect(bytes).toBeLessThan(150_000);
  bytes = 0;
  await page.goto(`${server.url}/new-key`, { waitUntil: "networkidle" });
  expect(bytes).toBeLessThan(20_000);
});

test("the page about a database that is away asks again for the address that it stands for", async () => {
  const { page } = await browser.newPage();
  const address = `${server.url}/error-unavailable?state=expired&search=a%20b`;
  await page.goto(`${address}#main`);
  const asked = page.waitForRequest((request) => request.isNavigationRequest());
  await page.getByRole("link", { name: "Try again" }).click();
  expect((await asked).url()).toBe(address);
});

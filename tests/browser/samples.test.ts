import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { dropSeenParts, runAxe } from "../support/axe.ts";
import { launchBrowser, openPage, useBrowser, viewports, type WatchedPage } from "../support/browser.ts";
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

const read = async (name: string) => (await fetch(`${server.url}/${name}`)).text();

/** The open menu covers what is below it: here it takes its own place. */
const unfold = `for (const part of document.querySelectorAll("details")) part.open = true;
for (const menu of document.querySelectorAll("[data-menu] > :last-child")) menu.style.position = "static"`;
const measure = "document.documentElement.scrollWidth";

/**
 * Shows a sample in the one document, which has its policy and keeps axe: to open each takes twice as long. Gives what
 * axe finds, contrast once for each kind of element, and whether the sample is wider than the window.
 */
async function findFaults(name: string): Promise<string[]> {
  const { page } = watched;
  await page.setContent(await read(name));
  const excess = await page.evaluate<number>(`${unfold}; ${measure} - innerWidth`);
  await page.evaluate(dropSeenParts);
  return [...(await runAxe(page)), ...(excess > 0 ? [`It is ${excess} px wider than the window.`] : [])];
}

describe("every page in every state, everything unfolded", () => {
  test.each(names)("%s: axe finds nothing at 320 px, nothing is cut off, no complaint", async (name) => {
    expect(await findFaults(name)).toEqual([]);
    expect(watched.complaints).toEqual([]);
  });

  // Some below each other: to lay out each on its own takes twice as long, and all of them at once even longer.
  const groups = Array.from({ length: Math.ceil(names.length / 15) }, (_, index) => [
    names.slice(index * 15, (index + 1) * 15),
  ]);
  // The narrowest window with tables, and one between a tablet's and a desk's.
  const widths = [640, 900];
  test.each(groups)("nothing is cut off at 640 and 900 px in %p", async (group) => {
    const { page } = watched;
    const samples = await Promise.all(group.map(read));
    const bodies = samples.map((html) => html.split(/<body[^>]*>|<\/body>/)[1] ?? "");
    await page.setViewportSize({ width: widths[0] ?? 0, height: 800 });
    await page.setContent((samples[0] ?? "").replace(/(?<=<body[^>]*>).*(?=<\/body>)/s, () => bodies.join("")));
    await page.evaluate(unfold);
    expect(await page.locator("main").count()).toBe(group.length);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      const tooWide = await page.evaluate<string[]>(
        "[...document.body.children].filter(({ scrollWidth }) => scrollWidth > innerWidth).map((part) => part.innerText)",
      );
      expect([width, tooWide, await page.evaluate<number>(measure)]).toEqual([width, [], width]);
    }
    // The next group begins as this one ends: to resize takes as long as to show it.
    widths.reverse();
  });
});

test("axe finds nothing where a large dark screen has another layout and other colors", async () => {
  await watched.page.setViewportSize(viewports.desktop);
  await watched.page.emulateMedia({ colorScheme: "dark" });
  for (const name of ["keys-active", "new-key-problems", "key", "audit", "refusals"]) {
    expect([name, ...(await findFaults(name))]).toEqual([name]);
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

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { runAxe, useBrowser, viewports } from "../support/browser.ts";
import { type SampleServer, serveSamples } from "../support/sample-server.ts";
import { renderSamples } from "../support/view-samples.ts";

const browser = useBrowser();
const names = Object.keys(renderSamples({ href: (name) => `/assets/${name}`, version: "" }));
let server: SampleServer;

beforeAll(async () => {
  server = await serveSamples();
});
afterAll(() => server.stop());

describe("every page in every state, everything unfolded, at 320 px", () => {
  test.each(names)(
    "%s: axe finds nothing, nothing is cut off, the console is silent",
    async (name) => {
      const { page, complaints } = await browser.newPage({ viewport: viewports.narrow });
      await page.goto(`${server.url}/${name}`);
      await page.evaluate(
        "for (const part of document.querySelectorAll('details')) part.open = true",
      );
      expect(await runAxe(page)).toEqual([]);
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(320);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );
});

test("a first visit loads less than 150 KB, a later page less than 20 KB", async () => {
  const { page } = await browser.newPage();
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

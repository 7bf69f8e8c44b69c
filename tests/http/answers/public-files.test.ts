import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { startTestApp, type TestApp } from "../../support/app.ts";

const folder = new URL("../../../public/", import.meta.url).pathname;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

test("every file in public/ is served to anyone, with its type", async () => {
  const names = (await readdir(folder)).filter((name) => name !== "built").toSorted();
  const types: string[] = [];
  for (const name of names) {
    const response = await app.request(`/${name}`);
    expect(response.status).toBe(200);
    expect(await response.bytes()).toEqual(await Bun.file(folder + name).bytes());
    types.push(`${name}: ${response.headers.get("content-type")}`);
  }
  expect(types).toEqual([
    "apple-touch-icon.png: image/png",
    "favicon.ico: image/x-icon",
    "favicon.svg: image/svg+xml",
    "robots.txt: text/plain; charset=utf-8",
  ]);
});

test("robots.txt disallows everything for all crawlers", async () => {
  expect(await (await app.request("/robots.txt")).text()).toBe("User-agent: *\nDisallow: /\n");
});

test("a page links to an icon for every browser, and each exists", async () => {
  const html = await (await app.request("/login")).text();
  const links = [...html.matchAll(/<link rel="(?:icon|apple-touch-icon)"[^>]*href="([^"]+)"/g)];
  expect(links.map(([, href]) => href)).toEqual(["/favicon.ico", "/favicon.svg", "/apple-touch-icon.png"]);
  for (const [, href = ""] of links) expect((await app.request(href)).status).toBe(200);
});

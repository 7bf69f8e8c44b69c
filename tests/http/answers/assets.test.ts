import { afterAll, describe, expect, test } from "bun:test";
import { cp, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAssets } from "../../../src/assets/build.ts";
import { loadAssets, serveAssets } from "../../../src/http/answers/assets.ts";
import { builtAssetsDir } from "../../../src/instance/services.ts";

const folder = await mkdtemp(join(tmpdir(), "civikey-assets-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

// What is built already is what would be built; to build it again takes seconds.
await buildAssets(builtAssetsDir);
const { files } = await Bun.file(join(builtAssetsDir, "manifest.json")).json();
async function writeBuilt(dir: string) {
  const names = (await readdir(builtAssetsDir)).filter((name) => !name.startsWith("building-"));
  for (const name of names) await cp(join(builtAssetsDir, name), join(dir, name));
  return files;
}
// Two at once, as two processes that start together do it.
await Promise.all([buildAssets(folder, writeBuilt), buildAssets(folder, writeBuilt)]);
const assets = await loadAssets(folder);
const app = serveAssets(assets);

const get = (path: string, encoding = "") =>
  app.handle(new Request(`http://localhost${path}`, { headers: { "accept-encoding": encoding } }));

describe("building", () => {
  test("leaves only the manifest's files and their compressed forms", async () => {
    const names = (await readdir(folder)).filter((name) => name !== "manifest.json");
    const known = names.map((name) => name.replace(/\.(?:br|gz)$/, ""));
    for (const name of known) expect(assets.find(name)).toBeDefined();
  });

  test("writes nothing when everything is up to date", async () => {
    const times = async () =>
      Promise.all((await readdir(folder)).map(async (name) => [name, (await stat(join(folder, name))).mtimeMs]));
    const before = await times();
    await buildAssets(folder);
    expect(await times()).toEqual(before);
  });

  test("links to no other host", async () => {
    const css = await (await get(assets.href("app.css"))).text();
    expect(css).not.toMatch(/@import|https?:|url\(["']?data:/);
    const urls = [...css.matchAll(/url\("?([^")]+)"?\)/g)].map(([, name]) => name ?? "");
    expect(urls.length).toBeGreaterThan(3);
    for (const name of urls) expect(assets.find(name)).toBeDefined();
  });

  test("keeps a first visit under 150 KB", async () => {
    const names = ["app.css", "app.js", "htmx.js"];
    const fonts = ["PublicSans-Regular.woff2", "PublicSans-Bold.woff2"];
    const sizes = [...names, ...fonts].map(async (name) => {
      const response = await get(assets.href(name), "gzip");
      return (await response.arrayBuffer()).byteLength;
    });
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeLessThan(130_000);
  });
});

describe("serving", () => {
  test("answers with type, long caching and the best accepted encoding", async () => {
    const cases = [
      ["gzip, deflate, br", "br"],
      ["gzip;q=1.0, br;q=0", "gzip"],
      ["GZIP", "gzip"],
      ["identity", null],
      ["", null],
    ] as const;
    for (const [accepted, encoding] of cases) {
      const response = await get(assets.href("app.css"), accepted);
      expect(response.headers.get("content-encoding")).toBe(encoding);
      expect(response.headers.get("content-type")).toBe("text/css; charset=utf-8");
      expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(response.headers.get("vary")).toBe("Accept-Encoding");
      expect((await response.bytes()).length).toBeGreaterThan(1000);
    }
  });

  test("sends the same content in every encoding", async () => {
    const href = assets.href("app.js");
    const plain = await (await get(href)).text();
    const zipped = await (await get(href, "gzip")).arrayBuffer();
    expect(new TextDecoder().decode(Bun.gunzipSync(zipped))).toBe(plain);
  });

  test("serves no other file, whatever the path", async () => {
    const paths = [
      "/assets/manifest.json",
      "/assets/app.css",
      "/assets/..%2f..%2fpackage.json",
      "/assets/%2e%2e%2f%2e%2e%2fpackage.json",
      "/assets/..%5c..%5cpackage.json",
      "/assets/constructor",
      "/assets/",
    ];
    for (const path of paths) expect((await get(path)).status).toBe(404);
  });

  test("throws for a name that was not built, so that no view links to a missing file", () => {
    expect(() => assets.href("missing.css")).toThrow("There is no asset named missing.css");
  });
});

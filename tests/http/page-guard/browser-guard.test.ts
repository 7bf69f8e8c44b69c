import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { startTestApp, type TestApp } from "../../support/app.ts";

let baseUrl = "http://localhost:9000";
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ baseUrl: () => baseUrl });
});
afterAll(() => app.close());

/** Whether a form with these headers gets past the guard. */
async function isLetThrough(headers: Record<string, string>): Promise<boolean> {
  const { status } = await app.request("/logout", { method: "POST", headers });
  return status === 303;
}

describe("an unsafe request", () => {
  test.each([
    ["http://localhost:9000", "localhost:9000"],
    ["http://127.0.0.1:9000", "127.0.0.1:9000"],
    ["http://[::1]:9000", "[::1]:9000"],
  ])("passes from our own page on this machine: %s", async (origin, host) => {
    expect(await isLetThrough({ origin, host })).toBe(true);
  });

  test.each([
    "http://evil@localhost:9000",
    "http://evil:secret@localhost:9000",
    "http://localhost:9000/",
    "http://localhost:9000/path",
    "http://localhost:9000?query",
    "http://localhost:9000#hash",
    "HTTP://localhost:9000",
    "http://LOCALHOST:9000",
    "http://localhost:09000",
    "http://0x7f.1:9000",
    "http://127.1:9000",
    "http:\\\\localhost:9000",
    "https://localhost:9000",
    "http://localhost:9001",
    "http://localhost",
    "http://localhost.evil.example:9000",
    "null",
    "",
  ])("is refused when its origin only resembles ours: %j", async (origin) => {
    expect(await isLetThrough({ origin, host: "localhost:9000" })).toBe(false);
  });

  test("is refused unless its origin is ours to the letter, whatever host it asks for", async () => {
    const part = fc.constantFrom("evil", "@", "localhost", "127.0.0.1", ":9000", "/", "#", "\\", ".");
    const text = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, text, async (suffix, host) => {
        const origin = `http://${suffix}`;
        fc.pre(!/^(localhost|127\.0\.0\.1)(:9000)?$/.test(suffix));
        expect(await isLetThrough({ origin, host })).toBe(false);
        expect(await isLetThrough({ origin, host: suffix })).toBe(false);
      }),
    );
  });

  test("is refused from this machine when the site is elsewhere", async () => {
    baseUrl = "https://keys.example.gov";
    expect(await isLetThrough({ origin: baseUrl, host: "keys.example.gov" })).toBe(true);
    for (const origin of ["http://localhost:9000", "https://localhost", "https://x@keys.example.gov"]) {
      expect(await isLetThrough({ origin, host: "localhost" })).toBe(false);
    }
  });
});

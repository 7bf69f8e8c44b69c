import { expect, test } from "bun:test";
import { readForm } from "../../../src/http/page-guard/forms.ts";
import { readNextPage } from "../../../src/http/page-guard/require-session.ts";

const type = { "content-type": "application/x-www-form-urlencoded" };
const form = (body: string | ReadableStream, headers = {}) =>
  new Request("http://localhost/login", { method: "POST", headers: { ...type, ...headers }, body });

test("reads a form to its last field", async () => {
  expect([...(await readForm(form("a=1&b=%C3%A9")))]).toEqual([
    ["a", "1"],
    ["b", "é"],
  ]);
});

test("refuses a form that declares it is too large before reading it", async () => {
  let wasRead = false;
  const body = new ReadableStream(
    {
      pull(controller) {
        wasRead = true;
        controller.enqueue(new Uint8Array(1024));
      },
    },
    { highWaterMark: 0 },
  );
  await expect(readForm(form(body, { "content-length": "8388600" }))).rejects.toThrow("too large");
  expect(wasRead).toBe(false);
});

test("stops reading a form that never ends after 256 KiB", async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 64 * 1024;
      controller.enqueue(new Uint8Array(64 * 1024).fill(97));
    },
  });
  await expect(readForm(form(body))).rejects.toThrow("too large");
  expect(sent).toBeLessThan(1024 * 1024);
});

for (const next of ["/admin?x=😀", "/admin?x=\u2028", "/admin?x=\u0001", "/admin?x=\u000b", "/admin?a\\b"]) {
  test(`never goes to ${JSON.stringify(next)} after sign-in`, () => {
    expect(readNextPage(next)).toBe("/admin");
  });
}

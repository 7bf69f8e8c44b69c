import { expect, test } from "bun:test";
import fc from "fast-check";
import { readJsonBody } from "../../../src/http/api-guard/json-body.ts";
import { pointTo } from "../../../src/lib/json/pointer.ts";
import { numberText, writeJson } from "../../../src/lib/json/text.ts";
import { anyText } from "../../support/any-text.ts";

const bytesMax = 1024;
const send = (body: string | Uint8Array<ArrayBuffer> | ReadableStream, headers: Record<string, string> = {}) =>
  readJsonBody(
    new Request("http://localhost/api", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    }),
    { bytesMax },
  );

test("reads an object to the last digit of its numbers", async () => {
  const body = await send('{"a":12345678901234567890.10, "b":"\\u00e9\\n"}');
  expect(numberText(body.a)).toBe("12345678901234567890.10");
  expect(body.b).toBe("é\n");
});

test("accepts a byte order mark before the object", async () => {
  expect(writeJson(await send('\ufeff{"a":"\ufeff"}'))).toBe('{"a":"\ufeff"}');
});

test("accepts the type with parameters, in upper or lower case", async () => {
  const body = await send("{}", { "content-type": "Application/JSON; charset=utf-8" });
  expect(writeJson(body)).toBe("{}");
});

for (const headers of [
  { "content-type": "text/plain" },
  { "content-type": "application/x-www-form-urlencoded" },
  { "content-type": "application/json", "content-encoding": "gzip" },
]) {
  test(`refuses ${Object.values(headers).join(" in ")} as another type`, async () => {
    await expect(send("{}", headers)).rejects.toMatchObject({ code: "wrong_type" });
  });
}

for (const [body, message] of [
  ["", "JSON is incorrectly formatted"],
  ['{"a":1', "line 1, column 7"],
  ['{"a":1}\n{"a":2}', "line 2, column 1"],
  ['{"a":1,"a":2}', "appears twice"],
  ['{"a":NaN}', "JSON is incorrectly formatted"],
  ["\ufeff\ufeff{}", "JSON is incorrectly formatted"],
  ["{\ufeff}", "JSON is incorrectly formatted"],
  ["[]", "must be a JSON object"],
  ["null", "must be a JSON object"],
  [new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), "not UTF-8"],
] as const) {
  test(`refuses ${JSON.stringify(body)}, which is not a JSON object`, async () => {
    const refused = send(body);
    await expect(refused).rejects.toMatchObject({ code: "invalid" });
    await expect(refused).rejects.toThrow(message);
  });
}

test("accepts a body of the maximum size, and refuses one byte more", async () => {
  const fits = `"${"a".repeat(bytesMax - 8)}"`;
  expect(writeJson(await send(`{"a":${fits}}`))).toHaveLength(bytesMax);
  await expect(send(`{"a": ${fits}}`)).rejects.toMatchObject({ code: "too_large" });
});

test("refuses a body that declares it is too large before reading it", async () => {
  let wasRead = false;
  const body = new ReadableStream(
    {
      pull(controller) {
        wasRead = true;
        controller.enqueue(new Uint8Array(1));
      },
    },
    { highWaterMark: 0 },
  );
  await expect(send(body, { "content-length": "1025" })).rejects.toThrow("too large");
  expect(wasRead).toBe(false);
});

test("stops reading a body that never ends", async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 1024;
      controller.enqueue(new Uint8Array(1024).fill(0x20));
    },
  });
  await expect(send(body)).rejects.toMatchObject({ code: "too_large" });
  expect(sent).toBeLessThan(64 * 1024);
});

test("a pointer escapes every part of its path", () => {
  expect(pointTo()).toBe("");
  expect(pointTo("application", "kids", 0, "a/b~c d")).toBe("/application/kids/0/a~1b~0c d");
  fc.assert(
    fc.property(fc.array(anyText()), (path) => {
      const tokens = pointTo(...path).split("/");
      const read = tokens.slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
      expect(read).toEqual(path.map((name) => name.toWellFormed()));
    }),
  );
});

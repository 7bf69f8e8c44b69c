import { expect, test } from "bun:test";
import fc from "fast-check";
import { chooseEncoding, chooseMediaType, streamEncodings } from "../../../src/http/answers/negotiation.ts";

const types = ["application/json", "application/x-ndjson", "text/csv"] as const;
const choose = (accept: string) => chooseMediaType(new Request("http://localhost", { headers: { accept } }), types);

test.each([
  ["text/csv; charset=utf-8", "text/csv"],
  ["text/csv;charset=utf-8;header=present", "text/csv"],
  ['text/csv; header="a, b; c"; q=0.9, application/json;q=0.1', "text/csv"],
  ["text/csv;charset=utf-8;q=0", "application/json"],
  ["text/csv;header=present;q=0.1, application/x-ndjson;profile=x;q=0.2", "application/x-ndjson"],
  ["TEXT/CSV; Charset=UTF-8; Q=1, application/json; q=0.5", "text/csv"],
  ["application/x-ndjson;version=1", "application/x-ndjson"],
  ["text/csv;", "text/csv"],
  ["*/*;q=0.1, text/csv;a=b", "text/csv"],
  ["text/html", "application/json"],
  ["", "application/json"],
] as const)("of Accept: %s the answer is %s", (accept, expected) => {
  expect(choose(accept)).toBe(expected);
});

test.each([" ", "\t", ",", ";", '"', "\\", "/", "a/b,", "a/b ;", ';a="', ";a=b", "; q=1", ' ,"'])(
  "a header full of %j keeps nobody waiting",
  (piece) => {
    const text = `a/b${piece.repeat(64_000 / piece.length)}c`;
    const request = new Request("http://localhost", { headers: { accept: text, "accept-encoding": text } });
    const durations = [1, 2, 3].map(() => {
      const startedMs = performance.now();
      chooseMediaType(request, types);
      chooseEncoding(request, streamEncodings);
      return performance.now() - startedMs;
    });
    // What looked at each character again and again took seconds.
    expect(Math.min(...durations)).toBeLessThan(500);
  },
);

test("parameters other than q change nothing", () => {
  const name = fc.constantFrom("charset", "header", "profile", "quality", "a");
  const value = fc.constantFrom("utf-8", "present", '"x, y;q=0"', '"\\""', "1");
  const parameters = fc
    .array(fc.tuple(name, value), { maxLength: 3 })
    .map((all) => all.map(([key, text]) => `; ${key}=${text}`).join(""));
  const range = fc.record({
    type: fc.constantFrom(...types, "*/*", "text/*", "text/html"),
    weight: fc.constantFrom("", ";q=0.5", "; q=0.2", ";q=0"),
    parameters,
  });
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 4 }), (ranges) => {
      const bare = ranges.map(({ type, weight }) => type + weight).join(", ");
      const full = ranges.map((one) => one.type + one.parameters + one.weight).join(", ");
      expect(choose(full)).toBe(choose(bare));
    }),
  );
});

test.each([
  [null, "identity"],
  ["", "identity"],
  ["gzip, zstd", "zstd"],
  ["gzip, deflate, br, zstd", "zstd"],
  ["gzip;q=1, zstd;q=0.1", "gzip"],
  ["zstd;q=0.5, gzip;q=0.8, identity;q=0.1", "gzip"],
  ["gzip;q=0", "identity"],
  ["gzip;q=0, *", "zstd"],
  ["*;q=0", "identity"],
  ["identity, gzip;q=0.5", "identity"],
  ["GZIP", "gzip"],
  ["br", "identity"],
] as const)("of Accept-Encoding: %s the answer is %s", (accepted, expected) => {
  const headers: Record<string, string> = accepted === null ? {} : { "accept-encoding": accepted };
  expect(chooseEncoding(new Request("http://localhost", { headers }), streamEncodings)).toBe(expected);
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "yaml";
import { writeYaml } from "../../src/lib/yaml.ts";
import { anyText } from "../support/any-text.ts";

const readers = { "1.1": { version: "1.1" }, "1.2": { version: "1.2" } } as const;

describe.each(["1.1", "1.2"] as const)("a reader of YAML %s", (version) => {
  const read = (value: unknown) => parse(writeYaml(value), readers[version]);

  test("gets every value back", () => {
    // JSON has no minus zero.
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
    const texts = anyText();
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        ...[texts, fc.integer(), numbers],
        ...[fc.boolean(), fc.constant(null), fc.constantFrom("no", "~", "1.0", "- a", "a: b #c")],
        fc.array(tie("value")),
        fc.dictionary(fc.oneof(texts, fc.constantFrom("yes", "N", "200", "$ref", "<<", "x-y")), tie("value")),
      ),
    }));
    fc.assert(fc.property(value, (given) => expect(read(given)).toEqual(given)));
  });

  test("gets long names back, and nothing for what is undefined", () => {
    const name = "n".repeat(3_000);
    expect(read({ [name]: { [name]: [1] }, none: undefined })).toEqual({ [name]: { [name]: [1] } });
  });
});

test("writes one line for each member and item", () => {
  const document = { openapi: "3.0.4", tags: ["a", { name: "b", empty: {} }], paths: { "/x": [] } };
  expect(writeYaml(document)).toBe(
    `openapi: "3.0.4"
tags:
  - "a"
  - name: "b"
    empty: {}
paths:
  "/x": []
`,
  );
});

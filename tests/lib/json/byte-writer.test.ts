import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readTime } from "../../../src/domain/applications/stored/rows.ts";
import { ByteWriter, utf8 } from "../../../src/lib/json/byte-writer.ts";

describe("ByteWriter", () => {
  test("writes JSON strings as JSON.stringify does, whatever is in them, and however little room there was", () => {
    const awkward = fc.string({
      unit: fc.constantFrom(...'ab"\\/\b\f\n\r\t\0\x1f\x7f\u2028é日😀'),
    });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(awkward, fc.string({ unit: "grapheme", maxLength: 400 }))),
        fc.integer({ min: 1, max: 50 }),
        (texts, room) => {
          const out = new ByteWriter(room);
          for (const text of texts) out.writeJsonString(utf8(text));
          expect(out.toString()).toBe(texts.map((text) => JSON.stringify(text)).join(""));
          expect(Buffer.from(out.finish()).toString()).toBe(out.toString());
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("writes parts of bytes, short and long ones", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600 }), fc.nat(600), fc.nat(600), (text, one, other) => {
        const source = utf8(text);
        const [start = 0, end = 0] = [one, other]
          .map((at) => Math.min(at, source.length))
          .sort((a, b) => a - b);
        const out = new ByteWriter(1);
        out.writePart(source, start, end);
        out.writeBytes(source);
        expect(out.finish()).toEqual(utf8(Buffer.from(source.subarray(start, end)) + text));
      }),
      { numRuns: 2000 },
    );
  });

  test("writes numbers with zeros in front", () => {
    const out = new ByteWriter(1);
    for (const [value, count] of [
      [7, 2],
      [59, 2],
      [0, 3],
      [120, 6],
    ] as const) {
      out.writeDigits(value, count);
      out.writeByte(0x20);
    }
    expect(out.toString()).toBe("07 59 000 000120 ");
  });
});

test("readTime reads every time that PostgreSQL can keep, to the microsecond", () => {
  const year2000 = 946_684_800_000_000n;
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (micros) => {
      const digits = BigInt.asUintN(64, micros).toString(16).padStart(16, "0");
      const { seconds, micros: rest } = readTime(utf8(`x${digits}`), 1);
      expect(BigInt(seconds) * 1_000_000n + BigInt(rest) - year2000).toBe(micros);
      expect(rest).toBeWithin(0, 1_000_000);
    }),
    { numRuns: 5000 },
  );
});

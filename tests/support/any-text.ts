/** Texts of every kind, for properties. */
import fc from "fast-check";

/**
 * Any code point but half of a pair. The same as fast-check's unit `binary`, which takes a second of every process
 * for a map from each of them back to where it came from.
 */
const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Well-formed texts of any characters, NUL among them. */
export const anyText = (lengths: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.string({ unit: codePoint, ...lengths });

/**
 * Puts UTF-8 together byte by byte. What the API serves by the megabyte never becomes a string: it comes
 * from the database as bytes and leaves as bytes (docs/decisions/0010).
 */
import { backslash, colon, quote } from "./marks.ts";

const firstPrintable = 0x20;
const zero = 0x30;
/** What a UTF-16 unit can need. */
const utf8BytesMax = 3;
/** From here on the engine's own copying is faster than a loop. */
const longFrom = 128;

/** How a control character, a quotation mark and a backslash are written within a JSON string (RFC 8259, section 7). */
const escapes: readonly (Uint8Array | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  code < firstPrintable || code === quote || code === backslash
    ? Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1))
    : undefined,
);

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return Buffer.from(text);
}

/** Bytes that grow at their end. */
export class ByteWriter {
  private bytes: Buffer<ArrayBuffer>;
  private written = 0;

  /** Makes one with room for so many bytes; it grows when they are more. */
  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** How many bytes were written. */
  get length(): number {
    return this.written;
  }

  /** Forgets what was written, and keeps the room. */
  clear(): void {
    this.written = 0;
  }

  /** Writes one byte, 0 to 255. */
  writeByte(byte: number): void {
    const at = this.reserve(1);
    this.bytes[at] = byte;
  }

  /** Writes bytes as they are. */
  writeBytes(source: Uint8Array): void {
    const count = source.length;
    const at = this.reserve(count);
    const { bytes } = this;
    if (count < longFrom) {
      for (let index = 0; index < count; index += 1) bytes[at + index] = source[index] as number;
    } else {
      bytes.set(source, at);
    }
  }

  /** Writes the bytes of `source` from `start` to before `end`. */
  writePart(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    const at = this.reserve(count);
    const { bytes } = this;
    if (count < longFrom) {
      for (let index = 0; index < count; index += 1) {
        bytes[at + index] = source[start + index] as number;
      }
    } else {
      bytes.set(source.subarray(start, end), at);
    }
  }

  /** Writes a text in UTF-8. */
  writeText(text: string): void {
    const at = this.reserve(text.length * utf8BytesMax);
    this.written = at + this.bytes.write(text, at);
  }

  /** Writes a number below ten to the power of `count`, with zeros in front. */
  writeDigits(value: number, count: number): void {
    const start = this.reserve(count);
    const { bytes } = this;
    let rest = value | 0;
    for (let at = start + count - 1; at >= start; at -= 1) {
      bytes[at] = zero + (rest % 10);
      rest = (rest / 10) | 0;
    }
  }

  /** Writes a second of a day, 0 to 86,399, as `hh:mm:ss`. */
  writeTimeOfDay(second: number): void {
    const at = this.reserve(8);
    const { bytes } = this;
    const whole = second | 0;
    const hour = (whole / 3600) | 0;
    const minute = ((whole - hour * 3600) / 60) | 0;
    const rest = whole - hour * 3600 - minute * 60;
    bytes[at] = zero + ((hour / 10) | 0);
    bytes[at + 1] = zero + (hour % 10);
    bytes[at + 2] = colon;
    bytes[at + 3] = zero + ((minute / 10) | 0);
    bytes[at + 4] = zero + (minute % 10);
    bytes[at + 5] = colon;
    bytes[at + 6] = zero + ((rest / 10) | 0);
    bytes[at + 7] = zero + (rest % 10);
  }

  /** Writes a text that is UTF-8 as a JSON string, as `JSON.stringify` does. */
  writeJsonString(text: Uint8Array): void {
    this.writeByte(quote);
    let copied = 0;
    for (let at = 0; at < text.length; at += 1) {
      const escaped = escapes[text[at] as number];
      if (escaped === undefined) continue;
      this.writePart(text, copied, at);
      this.writeBytes(escaped);
      copied = at + 1;
    }
    this.writePart(text, copied, text.length);
    this.writeByte(quote);
  }

  /** Everything that was written, until something else is. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.written);
  }

  /** Everything that was written, as a text. */
  toString(): string {
    return Buffer.from(this.bytes.buffer, 0, this.written).toString();
  }

  /** How many bytes there is room for at present. */
  get capacity(): number {
    return this.bytes.length;
  }

  /** Makes room for so many bytes and counts them as written; tells where they begin. */
  private reserve(count: number): number {
    const at = this.written;
    this.written = at + count;
    if (this.written > this.bytes.length) this.grow(at);
    return at;
  }

  private grow(used: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.written, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, used));
    this.bytes = grown;
  }
}

const keptCapacityMax = 8 * 1024 * 1024;
let kept: ByteWriter | undefined;

/**
 * An empty writer, whose memory was used before if one is at hand: memory that is new for every page costs
 * as much as all that is written to it. Whoever is done with what was written gives it back; one that never
 * comes back costs nothing but a new one.
 */
export function borrowWriter(): ByteWriter {
  const out = kept ?? new ByteWriter(64 * 1024);
  // Nobody else gets it meanwhile.
  kept = undefined;
  out.clear();
  return out;
}

/** Gives a writer back, once for each time it was borrowed. Nobody may look at what it wrote any more. */
export function returnWriter(out: ByteWriter): void {
  if (out.capacity <= keptCapacityMax) kept = out;
}

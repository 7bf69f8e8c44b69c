/**
 * Puts UTF-8 together byte by byte. What the API serves by the megabyte never becomes a string: it comes
 * from the database as bytes and leaves as bytes (docs/decisions/0010).
 */
const quote = 0x22;
const backslash = 0x5c;
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
  /** How many bytes were written. */
  length = 0;

  /** Makes one with room for so many bytes; it grows when they are more. */
  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  writeByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** Writes the bytes of `source` from `start` to before `end`; all of them without these. */
  writeBytes(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(end - start);
    const { bytes } = this;
    let at = this.length;
    if (end - start < longFrom) {
      for (let from = start; from < end; from += 1) bytes[at++] = source[from] as number;
    } else {
      bytes.set(end - start === source.length ? source : source.subarray(start, end), at);
      at += end - start;
    }
    this.length = at;
  }

  writeText(text: string): void {
    this.reserve(text.length * utf8BytesMax);
    this.length += this.bytes.write(text, this.length);
  }

  /** Writes a number below ten to the power of `count`, with zeros in front. */
  writeDigits(value: number, count: number): void {
    this.reserve(count);
    let rest = value;
    for (let at = this.length + count - 1; at >= this.length; at -= 1) {
      this.bytes[at] = zero + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.length += count;
  }

  /** Writes a text that is UTF-8 as a JSON string, as `JSON.stringify` does. */
  writeJsonString(text: Uint8Array): void {
    this.writeByte(quote);
    let copied = 0;
    for (let at = 0; at < text.length; at += 1) {
      const escaped = escapes[text[at] as number];
      if (escaped === undefined) continue;
      this.writeBytes(text, copied, at);
      this.writeBytes(escaped);
      copied = at + 1;
    }
    this.writeBytes(text, copied);
    this.writeByte(quote);
  }

  /** Everything that was written, until something else is. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Everything that was written, as a text. */
  toString(): string {
    return Buffer.from(this.bytes.buffer, 0, this.length).toString();
  }

  /** How many bytes there is room for at present. */
  get capacity(): number {
    return this.bytes.length;
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

const keptCapacityMax = 8 * 1024 * 1024;
let kept = new ByteWriter(64 * 1024);

/**
 * Lends a writer whose memory was used before: memory that is new for every page costs as much as all that
 * is written to it. What `use` gives must not hold on to what the writer has finished.
 */
export function writeOnce<T>(use: (out: ByteWriter) => T): T {
  const out = kept;
  out.length = 0;
  const given = use(out);
  if (out.capacity > keptCapacityMax) kept = new ByteWriter(64 * 1024);
  return given;
}

/** Reads numbers from their JSON texts, exactly. */

const bigintMin = -(2n ** 63n);
const bigintMax = 2n ** 63n - 1n;

/** An integer of 64 bits that is written as one, or undefined. */
export function readJsonInteger(text: string): bigint | undefined {
  // First: reading a million digits takes its time.
  if (text.length > 20 || !/^(?:0|-?[1-9]\d*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return bigintMin <= value && value <= bigintMax ? value : undefined;
}

/** How many hundredths a number is, that is not negative and has no smaller parts; else undefined. */
export function readJsonHundredths(text: string): bigint | undefined {
  if (text.length > 40) return undefined;
  const parts = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,2}))?$/i.exec(text);
  if (parts === null) return undefined;
  const [, whole = "", fraction = "", exponent = "0"] = parts;
  const digits = BigInt(whole + fraction);
  const shift = 2 + Number(exponent) - fraction.length;
  const scale = 10n ** BigInt(Math.abs(shift));
  const hundredths = shift < 0 ? digits / scale : digits * scale;
  const isWhole = shift >= 0 || digits % scale === 0n;
  return isWhole && hundredths <= bigintMax ? hundredths : undefined;
}

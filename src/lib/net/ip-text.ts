/** The strict gate for IP text: what it does not read is no address. And the canonical spelling. */

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const DOTTED_QUAD = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);
const IPV6_GROUP = /^[0-9a-fA-F]{1,4}$/;
const IPV6_LENGTH_MAX = 45;

/**
 * Reads a strict dotted quad (four decimal octets, no leading zeros, nothing around them) as an
 * unsigned 32-bit number, or undefined.
 */
export function readIPv4(text: string): number | undefined {
  if (!DOTTED_QUAD.test(text)) return undefined;
  return text.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);
}

/**
 * Reads IPv6 text (RFC 4291 section 2.2: groups, one `::`, an IPv4 tail) as an unsigned 128-bit
 * number, or undefined. Zone ids, brackets, blanks and anything not ASCII are refused.
 */
export function readIPv6(text: string): bigint | undefined {
  if (text.length > IPV6_LENGTH_MAX) return undefined;
  const [head, tail, ...more] = spellTailAsGroups(text)?.split("::").map(splitGroups) ?? [];
  if (head === undefined || more.length > 0) return undefined;

  const given = tail === undefined ? head : [...head, ...tail];
  const isComplete = tail === undefined ? given.length === 8 : given.length < 8;
  if (!isComplete || !given.every((group) => IPV6_GROUP.test(group))) return undefined;

  const zeros = Array<string>(8 - given.length).fill("0");
  const groups = [...head, ...zeros, ...(tail ?? [])];
  return BigInt(`0x${groups.map((group) => group.padStart(4, "0")).join("")}`);
}

function splitGroups(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

function spellTailAsGroups(text: string): string | undefined {
  if (!text.includes(".")) return text;
  const tailStart = text.lastIndexOf(":") + 1;
  const tail = readIPv4(text.slice(tailStart));
  if (tail === undefined) return undefined;
  const groups = `${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}`;
  return text.slice(0, tailStart) + groups;
}

/** Writes an unsigned 32-bit number as a dotted quad. */
export function formatIPv4(value: number): string {
  return [value >>> 24, value >>> 16, value >>> 8, value].map((octet) => octet & 255).join(".");
}

/**
 * Writes an unsigned 128-bit number as canonical IPv6 text (RFC 5952): lower case, no leading
 * zeros, the first of the longest runs of zero groups as `::`.
 */
export function formatIPv6(value: bigint): string {
  const digits = value.toString(16).padStart(32, "0");
  const groups = digits.match(/.{4}/g) ?? [];
  const text = groups.map((group) => group.replace(/^0{1,3}/, "")).join(":");

  let run = "";
  let runStart = 0;
  for (const match of text.matchAll(/\b0(?::0)+\b/g)) {
    if (match[0].length > run.length) [run, runStart] = [match[0], match.index];
  }
  if (run === "") return text;
  const withGap = `${text.slice(0, runStart)}::${text.slice(runStart + run.length)}`;
  return withGap.replace(/:{3,}/, "::");
}

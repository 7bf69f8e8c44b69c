/** The strict gate for IP text: what it does not read is no address. And the canonical spelling. */

import { isIPv4, isIPv6 } from "node:net";

/**
 * Reads a strict dotted quad (four decimal octets, no leading zeros, nothing around them) as an
 * unsigned 32-bit number, or undefined.
 */
export function readIPv4(text: string): number | undefined {
  if (!isIPv4(text)) return undefined;
  return text.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);
}

/**
 * Reads IPv6 text (RFC 4291 section 2.2: groups, one `::`, an IPv4 tail) as an unsigned 128-bit
 * number, or undefined. Zone ids, brackets, blanks and anything not ASCII are refused.
 */
export function readIPv6(text: string): bigint | undefined {
  // Node accepts zone ids.
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const [head = [], tail = []] = spellTailAsGroups(text).split("::").map(splitGroups);
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  const groups = [...head, ...zeros, ...tail];
  return BigInt(`0x${groups.map((group) => group.padStart(4, "0")).join("")}`);
}

function splitGroups(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

/** Spells an IPv4 tail as the two groups that it stands for. */
function spellTailAsGroups(text: string): string {
  const tailStart = text.lastIndexOf(":") + 1;
  const tail = readIPv4(text.slice(tailStart));
  if (tail === undefined) return text;
  return `${text.slice(0, tailStart)}${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}`;
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

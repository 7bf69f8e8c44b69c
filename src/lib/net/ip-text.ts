/** The strict gate for IP text: what it does not read is no address. And the canonical spelling. */
import { isIPv4, isIPv6 } from "node:net";

/**
 * Reads a strict dotted quad (four decimal octets, no leading zeros, nothing around them) as an
 * unsigned 32-bit number, or undefined.
 */
export function readIPv4(text: string): bigint | undefined {
  if (!isIPv4(text)) return undefined;
  return BigInt(text.split(".").reduce((value, octet) => value * 256 + Number(octet), 0));
}

/**
 * Reads IPv6 text (RFC 4291 section 2.2: groups, one `::`, an IPv4 tail) as an unsigned 128-bit
 * number, or undefined. Zone ids, brackets, blanks and anything not ASCII are refused.
 */
export function readIPv6(text: string): bigint | undefined {
  // Node accepts zone ids.
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const [head = [], tail = []] = spellTailAsGroups(text)
    .split("::")
    .map((groups) => groups.split(":").filter((group) => group !== ""));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  return BigInt(`0x${groups.map((group) => group.padStart(4, "0")).join("")}`);
}

/** Spells an IPv4 tail as the two groups that it stands for. */
function spellTailAsGroups(text: string): string {
  const tailStart = text.lastIndexOf(":") + 1;
  const tail = readIPv4(text.slice(tailStart));
  if (tail === undefined) return text;
  return `${text.slice(0, tailStart)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
}

/** Writes an address as a dotted quad, or as canonical IPv6 text (RFC 5952), which is how a URL spells its host. */
export function formatAddress(family: 4 | 6, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  const groups = value.toString(16).padStart(32, "0").match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** IP addresses and CIDR blocks, compared as numbers, never as text. */
import { IPv4, IPv4CidrRange, IPv4Prefix, IPv6, IPv6CidrRange, IPv6Prefix } from "ip-num";
import { formatAddress, readIPv4, readIPv6 } from "./ip-text.ts";

/** An address. An IPv4-mapped IPv6 one is always its IPv4 one. `text` is canonical (RFC 5952). */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
  readonly text: string;
}

/** A CIDR block: a range with both ends included. `text` is canonical, its host bits cleared. */
export interface Subnet {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefixLength: number;
  readonly text: string;
}

type Range = Pick<Subnet, "family" | "first" | "last">;

const PREFIX_LENGTH = /^(?:0|[1-9]\d{0,2})$/;
const MAPPED_PREFIX_LENGTH = 96;
const ALL_IPV4: Range = { family: 4, first: 0n, last: 2n ** 32n - 1n };
const ALL_IPV6: Range = { family: 6, first: 0n, last: 2n ** 128n - 1n };
/** `2000::/3`: every IPv6 address that is routed (RFC 4291, section 2.4). */
const GLOBAL_UNICAST: Range = { family: 6, first: 2n ** 125n, last: 2n ** 126n - 1n };

/**
 * Reads one address strictly, or answers undefined: no leading zeros, short forms, ports, zone ids, brackets, blanks.
 * It runs on every call, so without ip-num, which takes 35 to 150 µs.
 */
export function parseAddress(text: string): Address | undefined {
  const ipv4 = readIPv4(text);
  if (ipv4 !== undefined) return { family: 4, value: ipv4, text };
  const ipv6 = readIPv6(text);
  if (ipv6 === undefined) return undefined;
  const family = isMapped(ipv6) ? 4 : 6;
  const value = family === 4 ? BigInt.asUintN(32, ipv6) : ipv6;
  return { family, value, text: formatAddress(family, value) };
}

/**
 * Reads one CIDR block strictly, or answers undefined. Host bits are cleared (RFC 4632); a block
 * inside `::ffff:0:0/96` is its IPv4 one. ip-num sees only what passed the gate: alone it accepts
 * `/08` and misreads zone ids.
 */
export function parseSubnet(text: string): Subnet | undefined {
  const [address = "", prefixText = "", ...more] = text.split("/");
  if (!PREFIX_LENGTH.test(prefixText) || more.length > 0) return undefined;
  const prefixLength = Number(prefixText);

  const ipv4 = readIPv4(address);
  if (ipv4 !== undefined) return prefixLength <= 32 ? createSubnet(4, ipv4, prefixLength) : undefined;
  const ipv6 = readIPv6(address);
  if (ipv6 === undefined || prefixLength > 128) return undefined;
  return isMapped(ipv6) && prefixLength >= MAPPED_PREFIX_LENGTH
    ? createSubnet(4, BigInt.asUintN(32, ipv6), prefixLength - MAPPED_PREFIX_LENGTH)
    : createSubnet(6, ipv6, prefixLength);
}

/** The block of this size around an address. */
function createSubnet(family: 4 | 6, value: bigint, prefixLength: number): Subnet {
  const bits = BigInt(prefixLength);
  const range =
    family === 4
      ? new IPv4CidrRange(new IPv4(value), IPv4Prefix.fromNumber(bits))
      : new IPv6CidrRange(new IPv6(value), IPv6Prefix.fromNumber(bits));
  const [first, last] = [range.getFirst().value, range.getLast().value];
  return { family, first, last, prefixLength, text: `${formatAddress(family, first)}/${prefixLength}` };
}

/** Whether an IPv6 address is in `::ffff:0:0/96` (RFC 4291 section 2.5.5.2). */
function isMapped(ipv6: bigint): boolean {
  return ipv6 >> 32n === 0xffffn;
}

/** The first and the last address of a block as one text; of a single address, just that. */
export function formatRange({ family, first, last }: Subnet): string {
  const [from, to] = [first, last].map((value) => formatAddress(family, value));
  return first === last ? `${from}` : `${from}–${to}`;
}

/** Splits a typed list at commas and line ends, without the blanks around, and empty, elements. */
export function splitSubnetList(text: string): string[] {
  return text
    .split(/[,\r\n]/)
    .map((element) => element.trim())
    .filter((element) => element !== "");
}

/**
 * Whether the address is in at least one of the subnets. No subnets admit nobody, and IPv4 and IPv6
 * never match each other.
 */
export function isInside({ family, value }: Address, subnets: readonly Subnet[]): boolean {
  return subnets.some((subnet) => subnet.family === family && subnet.first <= value && value <= subnet.last);
}

/** Whether every address of `inner` is in at least one of `outer`: their union counts. */
export function isWithin(inner: Range, outer: readonly Subnet[]): boolean {
  return countCovered(inner, outer) === sizeOf(inner);
}

/** Whether the union of the subnets admits more than half of IPv4, of IPv6, or of the global unicast addresses. */
export function coversMoreThanHalf(subnets: readonly Subnet[]): boolean {
  return [ALL_IPV4, ALL_IPV6, GLOBAL_UNICAST].some((range) => countCovered(range, subnets) * 2n > sizeOf(range));
}

/** How many addresses a block has. */
export const sizeOf = ({ first, last }: Range): bigint => last - first + 1n;

/** How many addresses of a range are in at least one of the subnets. */
function countCovered(range: Range, subnets: readonly Subnet[]): bigint {
  const candidates = subnets.filter(({ family }) => family === range.family);
  candidates.sort((a, b) => (a.first < b.first ? -1 : 1));
  let covered = 0n;
  let next = range.first;
  for (const { first, last } of candidates) {
    if (first > next) next = first;
    const end = last > range.last ? range.last + 1n : last + 1n;
    if (end <= next) continue;
    covered += end - next;
    next = end;
  }
  return covered;
}

/** The fewest blocks that hold these addresses and no others, in their order. */
export function blocksAround(addresses: readonly Address[]): Subnet[] {
  const single = addresses.map(({ family, value }) => createSubnet(family, value, family === 4 ? 32 : 128));
  let blocks = [...new Map(single.map((block) => [block.text, block])).values()];
  for (;;) {
    // Two blocks in the same block of twice their size are its halves.
    const [halves] = Map.groupBy(blocks, doubled)
      .values()
      .filter(({ length }) => length === 2);
    const [half] = halves ?? [];
    if (half === undefined) break;
    const whole = createSubnet(half.family, half.first, half.prefixLength - 1);
    blocks = [...blocks.filter((block) => !halves?.includes(block)), whole];
  }
  return blocks.sort((a, b) => a.family - b.family || (a.first < b.first ? -1 : 1));
}

/** The CIDR text of the block of twice the size; of all addresses, their own. */
function doubled({ family, first, prefixLength, text }: Subnet): string {
  return prefixLength === 0 ? text : createSubnet(family, first, prefixLength - 1).text;
}

/** The CIDR text that stands for one client in limits: its /32 for IPv4, /64 for IPv6. */
export function networkOf({ family, value, text }: Address): string {
  return family === 4 ? `${text}/32` : `${formatAddress(6, (value >> 64n) << 64n)}/64`;
}

/** The CIDR text of the block around an address that one party easily has to itself: a /24 for IPv4, a /48 for IPv6. */
export function blockOf({ family, value }: Address): string {
  const hostBits = family === 4 ? 8n : 80n;
  return `${formatAddress(family, (value >> hostBits) << hostBits)}/${family === 4 ? 24 : 48}`;
}

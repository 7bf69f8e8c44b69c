/**
 * Which addresses are anybody's on the internet, and which are our own network's: what an operator lets
 * this server call must not become a way into the network around it (SSRF; OWASP API7:2023).
 */
import { type Address, isInside, parseAddress, parseSubnet, type Subnet } from "./subnets.ts";

/** IPv4 that is not for everybody: IANA's special-purpose registry, and multicast (RFC 6890, RFC 5771). */
const specialIPv4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];

/** Of IPv6 only global unicast is for everybody (RFC 4291); these parts of it are not, or lead to IPv4. */
const globalUnicast = ["2000::/3"];
const specialIPv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const special = parseAll([...specialIPv4, ...specialIPv6]);
const everybodys = parseAll(globalUnicast);

function parseAll(texts: readonly string[]): Subnet[] {
  return texts.flatMap((text) => parseSubnet(text) ?? []);
}

/** Tells whether an address is reached over the internet, and not in a private, local or special network. */
export function isPublicAddress(address: Address): boolean {
  if (isInside(address, special)) return false;
  return address.family === 4 || isInside(address, everybodys);
}

/** The IP address that a URL contains; undefined when it contains a name. */
export function readLiteralAddress(url: string): Address | undefined {
  return parseAddress(new URL(url).hostname.replace(/^\[|\]$/g, ""));
}

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether the `hostname` of a URL is this machine: what is sent there does not travel. */
export function isLoopbackHost(hostname: string): boolean {
  return loopbackHost.test(hostname);
}

/** The one address that a request is judged by. */
import { createBoundedMap } from "../limits/bounded-map.ts";
import { type Address, isInside, parseAddress, type Subnet } from "./subnets.ts";

/** Whose word is taken for the client's address. */
export type ClientAddressPolicy =
  /** The socket's. */
  | { readonly kind: "direct" }
  /** That of exactly so many proxies of ours (1 or more), each of which appends one hop. */
  | { readonly kind: "forwarded"; readonly trustedHops: number }
  /** That of the proxies at these addresses, and of nobody else. */
  | { readonly kind: "forwarded-through"; readonly trusted: readonly Subnet[] };

/** What a request says about its origin. */
interface ClientAddressClaims {
  /** The address at the other end of the socket. */
  readonly peer: string | undefined;
  /** Reads every `X-Forwarded-For` header, in order, joined by commas; asked only where it counts. */
  readonly forwardedFor: () => string | null;
}

/**
 * The address that counts, or undefined, which is outside every subnet: no peer, no header where
 * one is needed, too few hops, an unparsable hop. What a client puts in front of the header never
 * changes the answer. Never throws.
 */
export function resolveClientAddress(
  policy: ClientAddressPolicy,
  { peer, forwardedFor }: ClientAddressClaims,
): Address | undefined {
  if (policy.kind === "direct") return parseHop(peer);
  const hops = splitHops(forwardedFor());
  if (policy.kind === "forwarded") return parseHop(hops[hops.length - policy.trustedHops]);

  const socketPeer = parseHop(peer);
  if (socketPeer === undefined || !isInside(socketPeer, policy.trusted)) return socketPeer;
  return walkThrough(hops, policy.trusted);
}

/** From the right to the first hop that is not trusted or not parsable, else to the leftmost. */
function walkThrough(hops: readonly string[], trusted: readonly Subnet[]): Address | undefined {
  let reached: Address | undefined;
  for (const hop of hops.toReversed()) {
    reached = parseAddress(hop);
    if (reached === undefined || !isInside(reached, trusted)) break;
  }
  return reached;
}

/**
 * As some load balancers write a hop: `203.0.113.7:5123`, `[2001:db8::1]`, `[2001:db8::1]:443`. What is
 * before the first colon has none, so that a header full of colons is read in linear time.
 */
const hopWithPort = /^(?:\[(?<v6>[^\]:]*:[^\]]*)\](?::\d{1,5})?|(?<v4>[\d.]+):\d{1,5})$/;

function splitHops(forwardedFor: string | null): string[] {
  const hops = (forwardedFor ?? "").split(",").map((hop) => hop.trim());
  return hops.filter((hop) => hop !== "").map((hop) => hop.replace(hopWithPort, "$<v4>$<v6>"));
}

const addressesKeptMax = 1_000;
/** What a text means never changes, and the same peers come again and again. */
const keptAddresses = createBoundedMap<string, Address>(addressesKeptMax);

function parseHop(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  const kept = keptAddresses.get(text);
  if (kept !== undefined) return kept;
  const address = parseAddress(text);
  if (address !== undefined) keptAddresses.set(text, address);
  return address;
}

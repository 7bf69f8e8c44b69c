/**
 * Posts to a server whose address was checked. The connection goes to the checked address, even if the
 * name resolves differently a moment later (DNS rebinding). No redirects, no proxies.
 */
import { lookup as lookUpName } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isPublicAddress, readLiteralAddress } from "../../../lib/net/public-addresses.ts";
import { parseAddress } from "../../../lib/net/subnets.ts";
import { AlertFailure } from "./failure.ts";

/** What to send where. */
interface CheckedPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Whether private and local addresses are allowed. */
  readonly allowsPrivate: boolean;
  /** Resolves a name; the system's resolver when undefined. */
  readonly resolve: ((hostname: string) => Promise<readonly string[]>) | undefined;
  /** Aborts the request. */
  readonly signal: AbortSignal;
}

/** No more of an answer is read. */
const answerBytesMax = 16 * 1024;

/** Posts, and gives the status of the answer. Throws an `AlertFailure` when an address is not allowed. */
export async function postChecked(post: CheckedPost): Promise<number> {
  const addresses = await findAddresses(post);
  return exchange(post, addresses);
}

interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The addresses of a host. If one is not allowed, nothing is sent. */
async function findAddresses({ url, resolve = resolveName, allowsPrivate }: CheckedPost): Promise<CheckedAddress[]> {
  const literal = readLiteralAddress(url);
  const texts = literal ? [literal.text] : await resolve(new URL(url).hostname);
  if (texts.length === 0) throw new AlertFailure("no_address");
  return texts.map((text) => {
    const address = parseAddress(text);
    if (!address || !(allowsPrivate || isPublicAddress(address))) {
      throw new AlertFailure("not_allowed");
    }
    return { address: address.text, family: address.family };
  });
}

async function resolveName(hostname: string): Promise<string[]> {
  const found = await lookUpName(hostname, { all: true });
  return found.map(({ address }) => address);
}

/** Sends one request. Without an agent no connection is kept or shared. */
function exchange({ url, headers, body, signal }: CheckedPost, addresses: readonly CheckedAddress[]): Promise<number> {
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: "POST",
      agent: false,
      headers,
      signal,
      // Not called for a literal address, which has been checked.
      lookup: (_hostname, { all }, done) => {
        const [first] = addresses;
        if (all || first === undefined) done(null, [...addresses]);
        else done(null, first.address, first.family);
      },
    });
    request.on("error", reject);
    request.on("response", (response) => {
      let bytes = 0;
      const finish = () => resolve(response.statusCode ?? 0);
      response.on("data", (chunk: Uint8Array) => {
        bytes += chunk.length;
        if (bytes <= answerBytesMax) return;
        finish();
        request.destroy();
      });
      response.on("end", finish);
      response.on("error", reject);
    });
    request.end(body);
  });
}

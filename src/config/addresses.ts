/** The addresses of other servers: what is wrong with one, in words that complete "NAME ...". */
import { isLoopbackHost, isPublicAddress, readLiteralAddress } from "../lib/net/public-addresses.ts";

/** The origin of a URL, or undefined when it is not an http URL or more than an origin. */
export function readOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` ? url.origin : undefined;
}

/** Whether what is sent to an origin can be read on its way: http, to another machine. */
export function isInTheClear(origin: string): boolean {
  return origin.startsWith("http:") && !isLoopbackHost(new URL(origin).hostname);
}

/** Why a URL cannot be the source of a sync, or undefined. `allowsHttp`: beyond this machine, too. */
export function findSourceProblem(text: string, { allowsHttp }: { allowsHttp: boolean }): string | undefined {
  const origin = readOrigin(text);
  if (origin === undefined) return "must be an origin such as https://civiform.example.gov";
  if (allowsHttp || !isInTheClear(origin)) return undefined;
  return "must be https, except on localhost, or set CIVIFORM_SYNC_ALLOW_HTTP=true: the key and the applications would travel in the clear";
}

/** What is wrong with an API secret token, or undefined. */
export function findSyncTokenProblem(text: string): string | undefined {
  const decoded = Buffer.from(text, "base64");
  const isBase64 = decoded.toString("base64") === text;
  if (isBase64 && /^[\x21-\x39\x3b-\x7e]+:[\x20-\x7e]+$/.test(decoded.toString("latin1"))) return undefined;
  return "must be an API secret token as CiviForm shows it: Base64 of key id, colon and secret";
}

/** Why alerts cannot go to a URL when private addresses are not allowed, or undefined. */
export function findWebhookProblem(url: string): string | undefined {
  const advice = "or set ALERT_WEBHOOK_ALLOW_PRIVATE=true for one in your own network";
  if (!url.startsWith("https:")) return `must be https, ${advice}`;
  const address = readLiteralAddress(url);
  return address === undefined || isPublicAddress(address) ? undefined : `must be public, ${advice}`;
}

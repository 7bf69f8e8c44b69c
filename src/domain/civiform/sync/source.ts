/** Where a sync pulls from: the one origin that the operator configured. */
import { isLoopbackHost } from "../../../lib/net/public-addresses.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";

/** A CiviForm, or another CiviKey, and the key to call it with. */
export interface SyncSource {
  /** Such as `https://civiform.example.gov`. */
  readonly origin: string;
  /** The API secret token, as CiviForm and CiviKey show it: Base64 of `key id:secret`. */
  readonly token: Secret;
}

/** The origin of a URL, or undefined when it is not an http URL or more than an origin. */
export function readSourceOrigin(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  const isOrigin = url.href === `${url.origin}/`;
  return isOrigin ? url.origin : undefined;
}

/** Why a URL cannot be a source, or undefined when it can. `allowsHttp`: beyond this machine, too. */
export function findSourceProblem(text: string, { allowsHttp }: { allowsHttp: boolean }): string | undefined {
  const origin = readSourceOrigin(text);
  if (origin === undefined) return "must be an origin such as https://civiform.example.gov";
  const { protocol, hostname } = new URL(origin);
  if (protocol === "https:" || allowsHttp || isLoopbackHost(hostname)) return undefined;
  return "must be https, except on localhost, or set CIVIFORM_SYNC_ALLOW_HTTP=true: the key and the applications would travel in the clear";
}

/** What is wrong with an API secret token, or undefined. */
export function findSyncTokenProblem(text: string): string | undefined {
  const decoded = Buffer.from(text, "base64");
  const isBase64 = decoded.toString("base64") === text;
  if (isBase64 && /^[\x21-\x39\x3b-\x7e]+:[\x20-\x7e]+$/.test(decoded.toString("latin1"))) {
    return undefined;
  }
  return "must be an API secret token as CiviForm shows it: Base64 of key id, colon and secret";
}

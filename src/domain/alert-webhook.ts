/** Sends alerts to a webhook: signed as the Standard Webhooks specification says, and only to the internet. */
import { createHmac } from "node:crypto";
import { lookup as lookUpName } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isPublicAddress } from "./public-addresses.ts";
import { parseAddress } from "./subnets.ts";

/** One message to a webhook. */
export interface WebhookMessage {
  /** The same for every try, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly at: Date;
  /** JSON. */
  readonly body: string;
}

/** Where and how to send. */
export interface WebhookOptions {
  readonly url: string;
  /** What the signature is made with. */
  readonly key: Uint8Array;
  /** Whether private and local addresses, and plain http, are allowed. */
  readonly allowsPrivate: boolean;
  /** Another way to find the addresses of a name, for tests. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** Another patience than five seconds, for tests. */
  readonly timeoutMs?: number;
}

const timeoutMsDefault = 5_000;
/** More of an answer than this is not read. */
const answerBytesMax = 16 * 1024;

/** Says what keeps a URL from being a webhook, when private addresses are not allowed; or nothing. */
export function findWebhookProblem(url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  const advice = "or set ALERT_WEBHOOK_ALLOW_PRIVATE=true for one in your own network";
  if (protocol !== "https:") return `must be https, ${advice}`;
  const address = parseAddress(hostname.replace(/^\[|\]$/g, ""));
  if (address !== undefined && !isPublicAddress(address)) return `must be public, ${advice}`;
  return undefined;
}

/** The secret that a receiver checks signatures with, as the specification writes it. */
export function describeWebhookSecret(key: Uint8Array): string {
  return `whsec_${Buffer.from(key).toString("base64")}`;
}

/** The headers that name and sign a message: HMAC-SHA-256 over its id, time (Unix seconds) and body. */
export function signWebhook(key: Uint8Array, message: WebhookMessage): Record<string, string> {
  const timestamp = String(Math.floor(message.at.getTime() / 1000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  return {
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${createHmac("sha256", key).update(signed).digest("base64")}`,
  };
}

/**
 * Posts a message. Throws unless the answer has a status from 200 to 299, within five seconds; a redirect
 * is not followed. The address that is connected to is the one that was checked: a name that leads
 * elsewhere a moment later leads nowhere.
 */
export async function postWebhook(options: WebhookOptions, message: WebhookMessage): Promise<void> {
  const { url, key, allowsPrivate, resolve = resolveName } = options;
  const { protocol, hostname } = new URL(url);
  const problem = allowsPrivate ? undefined : findWebhookProblem(url);
  if (problem !== undefined) throw new WebhookError("not_allowed");
  const signal = AbortSignal.timeout(options.timeoutMs ?? timeoutMsDefault);
  const addresses = await stopWaiting(signal, findAddresses({ hostname, resolve, allowsPrivate }));
  const body = Buffer.from(message.body);
  const status = await exchange({
    send: protocol === "https:" ? requestHttps : requestHttp,
    url,
    addresses,
    headers: {
      "content-type": "application/json",
      "content-length": String(body.length),
      "user-agent": "CiviKey",
      ...signWebhook(key, message),
    },
    body,
    signal,
  });
  if (status < 200 || status > 299) throw new WebhookError(`status_${status}`);
}

/** Why a message could not be delivered; `code` is for the log, and says nothing about the receiver's words. */
export class WebhookError extends Error {
  readonly code: string;

  constructor(code: string) {
    super("The webhook did not take the message.");
    this.code = code;
  }
}

interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The addresses of a host, all of them allowed. One that is not, and nothing is sent anywhere. */
async function findAddresses(input: {
  hostname: string;
  resolve: (hostname: string) => Promise<readonly string[]>;
  allowsPrivate: boolean;
}): Promise<CheckedAddress[]> {
  const literal = input.hostname.replace(/^\[|\]$/g, "");
  const texts = parseAddress(literal) ? [literal] : await input.resolve(input.hostname);
  if (texts.length === 0) throw new WebhookError("no_address");
  return texts.map((text) => {
    const address = parseAddress(text);
    if (!address || !(input.allowsPrivate || isPublicAddress(address))) {
      throw new WebhookError("not_allowed");
    }
    return { address: address.text, family: address.family };
  });
}

async function resolveName(hostname: string): Promise<string[]> {
  const found = await lookUpName(hostname, { all: true });
  return found.map(({ address }) => address);
}

/** One request and the status of its answer. No agent: no connection is kept or shared. */
function exchange(input: {
  send: typeof requestHttps;
  url: string;
  addresses: readonly CheckedAddress[];
  headers: Record<string, string>;
  body: Uint8Array;
  signal: AbortSignal;
}): Promise<number> {
  const { send, url, addresses, headers, body, signal } = input;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: "POST",
      agent: false,
      headers,
      signal,
      // Never asked for a literal address, which was checked as it stands.
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

/** A result, unless the signal comes first. */
function stopWaiting<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  const tooLong = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new WebhookError("timeout")), { once: true });
  });
  return Promise.race([result, tooLong]);
}

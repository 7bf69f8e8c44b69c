/** Sends alerts to a webhook, signed as in the Standard Webhooks specification. */
import { createHmac } from "node:crypto";
import { type Trace, traceHeaders } from "../../../lib/net/trace-context.ts";
import { postChecked } from "./checked-post.ts";
import { AlertFailure, sendWithin } from "./failure.ts";

/** One message to a webhook. */
interface WebhookMessage {
  /** The same for every try, so that receivers detect duplicates. */
  readonly id: string;
  readonly at: Date;
  /** JSON. */
  readonly body: string;
  /** The trace of the request that it is sent for. */
  readonly trace?: Trace | undefined;
}

/** Where and how to send. */
export interface WebhookOptions {
  readonly url: string;
  /** The signing key. */
  readonly key: Uint8Array;
  /** Whether private and local addresses, and plain http, are allowed. */
  readonly allowsPrivate: boolean;
  /** Resolves a name, for tests. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** For tests; five seconds by default. */
  readonly timeoutMs?: number;
}

const timeoutMsDefault = 5_000;

/** The secret for receivers to check signatures with, in the specification's notation. */
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
 * Posts a message. Throws unless the receiver's address is allowed and it answers with a status from 200
 * to 299 within five seconds.
 */
export async function postWebhook(options: WebhookOptions, message: WebhookMessage): Promise<void> {
  const { url, key, allowsPrivate, resolve, timeoutMs = timeoutMsDefault } = options;
  if (!allowsPrivate && !url.startsWith("https:")) throw new AlertFailure("not_allowed");
  const body = Buffer.from(message.body);
  const headers = {
    "content-type": "application/json",
    "content-length": String(body.length),
    "user-agent": "CiviKey",
    ...traceHeaders(message.trace),
    ...signWebhook(key, message),
  };
  const stop = new AbortController();
  const post = { url, headers, body, allowsPrivate, resolve, signal: stop.signal };
  try {
    const status = await sendWithin(timeoutMs, postChecked(post));
    if (status < 200 || status > 299) throw new AlertFailure(`status_${status}`);
  } finally {
    stop.abort();
  }
}

/**
 * Fetches one page of applications from a source. Responses are not trusted: their size (unpacked) and time
 * are limited, redirects are not followed, proxies are not used, and certificates are always verified.
 */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { type Trace, traceHeaders } from "../../../lib/net/trace-context.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { explainError, explainStatus, SyncFailure } from "./failure.ts";
import { createPatience, type Patience } from "./patience.ts";

/** A CiviForm, or another CiviKey, and the key to call it with. */
export interface SyncSource {
  /** Such as `https://civiform.example.gov`. */
  readonly origin: string;
  /** The API secret token, as CiviForm and CiviKey show it: Base64 of `key id:secret`. */
  readonly token: Secret;
}

/** How many applications are asked for at a time: CiviForm's own default. */
export const pageSizeMax = 1000;

/** Limits for fetching one page. */
export interface PageLimits {
  /** Until there is a connection. */
  readonly connectMs: number;
  /** Until the answer begins: the source reads and writes a whole page before. */
  readonly beginMs: number;
  /** Between two pieces of the answer. */
  readonly silenceMs: number;
  /** Until the answer has come in whole. */
  readonly wholeMs: number;
  /** Of the answer, unpacked. */
  readonly bytesMax: number;
}

/** Limits that a slow CiviForm with long applications stays within. */
export const defaultPageLimits: PageLimits = {
  connectMs: 10_000,
  beginMs: 120_000,
  silenceMs: 30_000,
  wholeMs: 300_000,
  bytesMax: 64 * 1024 * 1024,
};

/** Which page. */
export interface PageRequest {
  readonly slug: string;
  /** For the first page: a day, `YYYY-MM-DD`, or null for all. */
  readonly fromDate: string | null;
  /** For the others: what the page before gave. */
  readonly pageToken: string | null;
  /** The trace of the run that asks. */
  readonly trace?: Trace | undefined;
}

/**
 * The address of a page. Beside a token nothing else is sent: what is left out comes from the token, in
 * CiviForm as in CiviKey, and what is sent is only compared with it. `fromDate` is a day without a time:
 * every version of CiviForm reads that, and its page tokens keep no more.
 */
export function writePageUrl(origin: string, { slug, fromDate, pageToken }: PageRequest): string {
  const url = new URL(`/api/v1/admin/programs/${encodeURIComponent(slug)}/applications`, origin);
  if (pageToken !== null) {
    url.searchParams.set("nextPageToken", pageToken);
  } else {
    url.searchParams.set("pageSize", String(pageSizeMax));
    if (fromDate !== null) url.searchParams.set("fromDate", fromDate);
  }
  return url.href;
}

/** The body of a page's answer. Throws a `SyncFailure` for everything but a JSON answer with status 200. */
export async function fetchPage(
  source: SyncSource,
  input: PageRequest & { limits: PageLimits; signal: AbortSignal; now: () => Date },
): Promise<Uint8Array> {
  const { limits, signal } = input;
  const patience = createPatience(limits.wholeMs, signal);
  try {
    const response = await openAnswer(source, input, patience);
    const status = response.statusCode ?? 0;
    if (status !== 200) {
      response.destroy();
      throw explainStatus({
        ...{ status, origin: source.origin, slug: input.slug },
        hasPageToken: input.pageToken !== null,
        retryAfter: response.headers["retry-after"],
        now: input.now(),
      });
    }
    return await readBody(response, limits, patience);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SyncFailure) throw error;
    throw patience.reason() ?? explainError(error, source.origin);
  } finally {
    patience.end();
  }
}

/** Sends the request and waits for the head of the answer. */
function openAnswer(
  source: SyncSource,
  input: PageRequest & { limits: PageLimits },
  patience: Patience,
): Promise<IncomingMessage> {
  const url = writePageUrl(source.origin, input);
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    patience.wait(input.limits.connectMs, "could not be reached");
    const request = send(url, {
      agent: false,
      // Even where the environment says otherwise (NODE_TLS_REJECT_UNAUTHORIZED).
      rejectUnauthorized: true,
      signal: patience.signal,
      headers: {
        accept: "application/json",
        "accept-encoding": "gzip",
        authorization: `Basic ${source.token.reveal()}`,
        "user-agent": "CiviKey",
        ...traceHeaders(input.trace),
      },
    });
    request.on("socket", (socket) => {
      socket.once("connect", () => patience.wait(input.limits.beginMs, "did not answer"));
    });
    request.on("error", reject);
    request.on("response", resolve);
    // A 101 closes the request without an error or a response.
    request.on("close", () => reject(new Error("closed without an answer")));
    request.end();
  });
}

async function readBody(response: IncomingMessage, limits: PageLimits, patience: Patience): Promise<Uint8Array> {
  const type = response.headers["content-type"] ?? "";
  if (!/^application\/json *(?:;|$)/i.test(type)) {
    response.destroy();
    throw new SyncFailure("bad_answer", "The source sent something other than JSON.");
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const waitForPiece = () => patience.wait(limits.silenceMs, "fell silent");
  waitForPiece();
  for await (const chunk of unpack(response)) {
    const bytes: Uint8Array = chunk;
    length += bytes.length;
    if (length > limits.bytesMax) {
      response.destroy();
      const max = `${Math.floor(limits.bytesMax / 1024 / 1024)} MiB`;
      throw new SyncFailure("bad_answer", `A page of the source is longer than ${max}.`);
    }
    chunks.push(bytes);
    waitForPiece();
  }
  // An aborted body can look complete.
  patience.signal.throwIfAborted();
  return Buffer.concat(chunks);
}

function unpack(response: IncomingMessage): Readable {
  const encoding = response.headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return response;
  if (encoding !== "gzip") {
    response.destroy();
    throw new SyncFailure("bad_answer", "The source compressed its response with something other than gzip.");
  }
  // Errors reach the reader of the result; the callback is required but has nothing to add.
  return pipeline(response, createGunzip(), () => {});
}

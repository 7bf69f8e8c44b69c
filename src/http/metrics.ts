/** `GET /metrics`: for Prometheus with the token, or for this machine only when no token is configured. */
import { createHash, timingSafeEqual } from "node:crypto";
import { Elysia } from "elysia";
import { isLoopbackHost } from "../lib/net/public-addresses.ts";
import { isInside, parseAddress, parseSubnet } from "../lib/net/subnets.ts";
import type { Secret } from "../lib/secrets/secret.ts";
import { getContext } from "./context.ts";

/** What this route needs. */
export interface MetricsDeps {
  /** Without one only loopback may read. */
  readonly metricsToken: Secret | undefined;
  /** Gives Prometheus' text format. Must not throw when the database is away. */
  readonly printMetrics: () => Promise<string>;
}

/** Serves the metrics to those who may read them; everybody else learns only that they may not. */
export function metrics({ metricsToken, printMetrics }: MetricsDeps) {
  return new Elysia({ name: "metrics" }).get("/metrics", async ({ request }) => {
    if (metricsToken !== undefined && !hasToken(request, metricsToken)) {
      return refuse(401, { "WWW-Authenticate": 'Bearer realm="CiviKey metrics"' });
    }
    if (metricsToken === undefined && !isFromThisMachine(request)) return refuse(403);
    return new Response(await printMetrics(), {
      headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" },
    });
  });
}

function refuse(status: number, headers: Record<string, string> = {}): Response {
  return new Response("Not authorized to read metrics.\n", {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", ...headers },
  });
}

/** RFC 6750, section 2.1. Digests are compared, so that the time reveals neither content nor length. */
function hasToken(request: Request, token: Secret): boolean {
  const [, given] = /^bearer ([\x21-\x7e]+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  return given !== undefined && timingSafeEqual(digest(given), digest(token.reveal()));
}

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Proxies add at least one of these. A caller may, too. */
const proxyHeaders = ["x-forwarded-for", "forwarded", "via", "x-real-ip"] as const;

const loopback = ["127.0.0.0/8", "::1/128"].flatMap((text) => parseSubnet(text) ?? []);

/**
 * Tells whether the request comes from this machine and not from elsewhere through it: neither through a
 * proxy, nor from another site's page in a browser here whose host name resolves to us (DNS rebinding).
 */
function isFromThisMachine(request: Request): boolean {
  const address = parseAddress(getContext(request).peer ?? "");
  const isProxied = proxyHeaders.some((name) => request.headers.has(name));
  const isLocalName = isLoopbackHost(new URL(request.url).hostname);
  return address !== undefined && isInside(address, loopback) && isLocalName && !isProxied;
}

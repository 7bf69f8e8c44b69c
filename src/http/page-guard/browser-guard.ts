/** Protects every page: security headers, and unsafe methods only from our own pages. */
import { Elysia } from "elysia";
import { DomainError } from "../../lib/errors.ts";
import { isLoopbackHost } from "../../lib/net/public-addresses.ts";
import { isApiRequest } from "../context.ts";

/** No inline script or style, no other host, no frame. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const pageHeaders = {
  "Content-Security-Policy": contentSecurityPolicy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  // Not no-referrer: with that, browsers send "Origin: null" with our own forms.
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Adds the headers to an answer. Pages are never cached, unless they say otherwise (assets do). */
export function secureHeaders(headers: Headers, options: { isApi: boolean; isHttps: boolean }): void {
  headers.set("X-Content-Type-Options", "nosniff");
  if (options.isHttps) {
    headers.set("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
  }
  if (options.isApi) return;
  for (const [name, value] of Object.entries(pageHeaders)) headers.set(name, value);
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
}

/**
 * Refuses unsafe requests that do not come from our own pages: outside the API, `Sec-Fetch-Site` or `Origin` must confirm
 * that they do, and neither may contradict it. Calls of the API say nothing of it, unless a browser makes them: it adds the
 * credentials of a key that somebody once typed into its dialog to the form of any site.
 */
export function requireSameOrigin(options: { baseUrl: () => string }) {
  return new Elysia({ name: "require-same-origin" }).onRequest(({ request }) => {
    if (safeMethods.has(request.method)) return;
    const site = request.headers.get("sec-fetch-site") ?? "same-origin";
    const isOurs = isApiRequest(request) ? site === "same-origin" : isSameOrigin(request, options.baseUrl());
    if (!isOurs) {
      throw new DomainError("forbidden", "This form was not sent from a page of this site.");
    }
  });
}

function isSameOrigin(request: Request, baseUrl: string): boolean {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  if (site === null && origin === null) return false;
  if (site !== null && site !== "same-origin") return false;
  return origin === null || origin === baseUrl || isOwnLoopback(origin, request, baseUrl);
}

/** On this machine, pages may be opened by any name of it (`localhost`, `127.0.0.1`, `[::1]`), if the form uses the same one. */
function isOwnLoopback(origin: string, request: Request, baseUrl: string): boolean {
  const host = request.headers.get("host");
  const base = new URL(baseUrl);
  const own = `${base.protocol}//${host}`;
  return (
    origin === own &&
    URL.canParse(own) &&
    new URL(own).host === host &&
    isLoopbackHost(new URL(own).hostname) &&
    isLoopbackHost(base.hostname)
  );
}

/** What is known of a proxy in front: that there is one, and whether it can be trusted with a stream. */
import { DomainError } from "../lib/errors.ts";

/** Proxies add at least one of these. A caller may, too. */
const proxyHeaders = ["x-forwarded-for", "forwarded", "via", "x-real-ip"] as const;

/** Tells whether a request says that it came through a proxy. */
export function isProxied({ headers }: Request): boolean {
  return proxyHeaders.some((name) => headers.has(name));
}

/**
 * Refuses a stream (`invalid`) to a proxy that asks for `Connection: close`, as nginx does when it speaks HTTP/1.0.
 * There the end of the connection is the only end of an answer, so a stream that is cut would look whole.
 * Clients without a proxy may ask for it: over HTTP/1.1 a stream has an end of its own.
 */
export function requireSafeStreaming(request: Request): void {
  const options = (request.headers.get("connection") ?? "").toLowerCase().split(",");
  if (!isProxied(request) || !options.some((option) => option.trim() === "close")) return;
  throw new DomainError(
    "invalid",
    "The proxy in front of CiviKey could pass on part of a stream as if it were complete. In nginx, set" +
      ' `proxy_http_version 1.1; proxy_set_header Connection "";`. Until then, request pages as application/json.',
  );
}

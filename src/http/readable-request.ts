/** Which requests are routed: those whose address has only one meaning. */

/**
 * The request if its address can be read, otherwise undefined (400; RFC 9112, section 3.2). When the `Host`
 * header is not a host, Bun leaves it out of the address, and then guards and router would look at different
 * parts. A request without `Host` (HTTP/1.0, simple health checks) gets `localhost`.
 */
export function readRequest(request: Request): Request | undefined {
  const host = request.headers.get("host");
  // Two headers arrive as one with a comma.
  if (host?.includes(",")) return undefined;
  const isBare = host === null && request.url.startsWith("/");
  const addressed = isBare ? new Request(`http://localhost${request.url}`, request) : request;
  const { url } = addressed;
  return url.startsWith("http://") && URL.canParse(url) ? addressed : undefined;
}

/** Which requests are answered at all: those whose address every reader understands in the same way. */

/**
 * The request, if its address can be read, else undefined: 400 (RFC 9112, section 3.2). Bun leaves the
 * host out of the address when the `Host` header is no host, and then guards and router would look at
 * different parts of it. Without any `Host` (HTTP/1.0, simple health checks) one is put in its place.
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

/** Proxies add at least one of these. A caller may, too. */
const proxyHeaders = ["x-forwarded-for", "forwarded", "via", "x-real-ip"] as const;

/** Tells whether a request says that it came through a proxy. */
export function isProxied({ headers }: Request): boolean {
  return proxyHeaders.some((name) => headers.has(name));
}

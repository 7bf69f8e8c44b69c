/** Cookies that carry a token (RFC 6265bis), such as a session's: `__Host-` over https, a plain name on loopback only. */
import { Secret } from "../../lib/secrets/secret.ts";

/** Reads and writes the cookie. */
export interface TokenCookie {
  /** The token in a request's cookies, if there is exactly one. */
  read(request: Request): Secret | undefined;
  /** The `Set-Cookie` value that stores a token until the browser closes. */
  write(token: Secret): string;
  /** The `Set-Cookie` value that removes it. */
  clear(): string;
}

/** Makes the cookie of a session, or another; `isHttps` tells whether the public URL is https. */
export function createTokenCookie(options: { isHttps: () => boolean; name?: string }): TokenCookie {
  const { name = "civikey_session" } = options;
  const nameNow = () => (options.isHttps() ? `__Host-${name}` : name);
  const attributes = () => `Path=/; HttpOnly; SameSite=Lax${options.isHttps() ? "; Secure" : ""}`;
  return {
    read(request) {
      const token = readCookie(request, nameNow());
      return token ? new Secret(token) : undefined;
    },
    write: (token) => `${nameNow()}=${token.reveal()}; ${attributes()}`,
    clear: () => `${nameNow()}=; Max-Age=0; ${attributes()}`,
  };
}

/** The value of a cookie, if there is exactly one of that name. */
export function readCookie(request: Request, name: string): string | undefined {
  const values = (request.headers.get("cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

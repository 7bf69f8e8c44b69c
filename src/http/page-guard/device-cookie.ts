/**
 * The cookie by which a browser shows that it has signed in to an account before. Its failures are counted
 * apart, so that strangers cannot lock anybody out. It opens nothing: the password is needed all the same.
 * A new password ends it.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Fingerprint } from "../../lib/secrets/derived-keys.ts";
import { readCookie } from "./session-cookie.ts";

/** As long as browsers keep a cookie. */
const maxAgeSeconds = 400 * 86_400;

/** An account as its cookies know it. */
export interface DeviceAccount {
  /** Represents the e-mail address. */
  readonly name: Fingerprint;
  /** Changes with the password. */
  readonly passwordMark: string;
}

/** Reads and writes the cookie of an account. */
export interface DeviceCookie {
  /** What identifies the browser, if we signed it for this account. */
  read(request: Request, account: DeviceAccount): string | undefined;
  /** The `Set-Cookie` line for a browser that has signed in: a known browser stays the same one. */
  write(request: Request, account: DeviceAccount): string;
}

/** Makes the cookie; `key` signs it, `isHttps` tells whether the public URL is https. */
export function createDeviceCookie(options: { isHttps: () => boolean; key: Uint8Array }): DeviceCookie {
  const nameFor = ({ name }: DeviceAccount) => `${options.isHttps() ? "__Host-" : ""}civikey_device_${name}`;
  const sign = (device: string, { name, passwordMark }: DeviceAccount) =>
    new Bun.CryptoHasher("sha256", options.key).update(`${name} ${passwordMark} ${device}`).digest("base64url");

  function read(request: Request, account: DeviceAccount): string | undefined {
    const [device = "", given = ""] = readCookie(request, nameFor(account))?.split(".") ?? [];
    const [expected, actual] = [Buffer.from(sign(device, account)), Buffer.from(given)];
    const isOurs = actual.length === expected.length && timingSafeEqual(actual, expected);
    return isOurs ? device : undefined;
  }

  return {
    read,
    write(request, account) {
      const device = read(request, account) ?? randomBytes(16).toString("base64url");
      const secure = options.isHttps() ? "; Secure" : "";
      return `${nameFor(account)}=${device}.${sign(device, account)}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${secure}`;
    },
  };
}

/** How the text of each variable is parsed. A refusal says what the text must be. */
import { isLoopbackHost } from "../lib/net/public-addresses.ts";
import { coversMoreThanHalf, parseSubnet, splitSubnetList } from "../lib/net/subnets.ts";

/** How a variable is read. Without a fallback it may be missing. */
export interface Row<T, Fallback extends string | undefined = string | undefined> {
  readonly fallback: Fallback;
  /** Printed as `[secret]`. */
  readonly secret?: true;
  /** Gives the value, or throws an Error whose message completes "NAME ...". */
  parse(text: string): T;
}

/** Any text. */
export const text = <Fallback extends string | undefined>(fallback: Fallback): Row<string, Fallback> => ({
  fallback,
  parse: (value) => value,
});

/** A whole number from `least` to `most`. */
export const integer = (fallback: number, least: number, most = 1_000_000): Row<number, string> => ({
  fallback: String(fallback),
  parse(value) {
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new Error(`must be a whole number from ${least} to ${most}`);
  },
});

/** One of these words. */
export const oneOf = <T extends string>(fallback: T, ...values: readonly T[]): Row<T, string> => ({
  fallback,
  parse(value) {
    const known = values.find((candidate) => candidate === value);
    if (known !== undefined) return known;
    throw new Error(`must be one of ${values.join(", ")}`);
  },
});

/** `true` or `false`. */
export const flag = (fallback: boolean): Row<boolean, string> => ({
  fallback: String(fallback),
  parse: (value) => oneOf("true", "true", "false").parse(value.toLowerCase()) === "true",
});

const secretBytesMin = 32;

function parseSecret(value: string): string {
  if (/change.?me|placeholder|replace.?me|your.?secret|example/i.test(value)) {
    throw new Error("is a placeholder: generate one with `openssl rand -base64 32`");
  }
  if (Buffer.byteLength(value) < secretBytesMin || new Set(value).size < 8) {
    throw new Error(`is too short or too simple: at least ${secretBytesMin} random bytes`);
  }
  return value;
}

/** At least 32 random bytes, and not a placeholder. */
export const secret: Row<string, undefined> = {
  fallback: undefined,
  secret: true,
  parse: parseSecret,
};

/** Sent in a header, so it must be printable and without spaces. */
export const bearerToken: Row<string, undefined> = {
  fallback: undefined,
  secret: true,
  parse(value) {
    if (/^[\x21-\x7e]+$/.test(value)) return parseSecret(value);
    throw new Error("must be printable ASCII without spaces: it is sent in a header");
  },
};

/** Several secrets, separated by commas. */
export const secretList: Row<readonly string[], string> = {
  fallback: "",
  secret: true,
  parse: (value) => splitList(value).map(parseSecret),
};

/** Not an offset such as +05:00: PostgreSQL reads its sign the other way round. */
function isTimeZone(value: string): boolean {
  try {
    return /^[a-z]/i.test(value) && new Intl.DateTimeFormat("en", { timeZone: value }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The name of a time zone. */
export const zone: Row<string, string> = {
  fallback: "America/Los_Angeles",
  parse(value) {
    if (isTimeZone(value)) return value;
    throw new Error("is not a time zone name such as America/Los_Angeles");
  },
};

/** The address of a PostgreSQL database; may contain a password. */
export const databaseUrl: Row<string, undefined> = {
  fallback: undefined,
  secret: true,
  parse(value) {
    if (/^postgres(ql)?:\/\/./.test(value) && URL.canParse(value)) return value;
    throw new Error("must be a postgres:// URL");
  },
};

/** An origin; https, except on this machine. */
export const baseUrl: Row<string, undefined> = {
  fallback: undefined,
  parse(value) {
    const url = URL.parse(value);
    const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.search;
    if (!isOrigin) throw new Error("must be an origin such as https://keys.example.org");
    if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
      throw new Error("must be https, except on localhost: otherwise passwords would be sent unencrypted");
    }
    return url.origin;
  },
};

/** One e-mail address. */
export const emailAddress: Row<string, undefined> = {
  fallback: undefined,
  parse(value) {
    if (/^[^\s@<>()[\]",;:\\]+@[^\s@<>()[\]",;:\\]+$/.test(value)) return value;
    throw new Error("must be one e-mail address such as keys@example.org");
  },
};

/** A mail server; may contain a password. */
export const smtpUrl: Row<string, undefined> = {
  fallback: undefined,
  secret: true,
  parse(value) {
    const url = URL.parse(value);
    if (url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== "") return value;
    throw new Error("must be a URL such as smtps://user:password@mail.example.org");
  },
};

/** Secret, because many receivers recognize their callers by a part of the path. */
export const webhookUrl: Row<string, undefined> = {
  fallback: undefined,
  secret: true,
  parse(value) {
    const url = URL.parse(value);
    const isPlain = url !== null && url.username === "" && url.password === "";
    if (isPlain && /^https?:$/.test(url.protocol)) return url.href;
    throw new Error("must be a URL such as https://hooks.example.org/civikey, without a password");
  },
};

/** CIDR blocks, separated by commas, that do not cover half of all addresses. */
export const proxies: Row<string, string> = {
  fallback: "",
  parse(value) {
    const parsed = splitSubnetList(value).map((text) => ({ text, subnet: parseSubnet(text) }));
    const wrong = parsed.filter(({ subnet }) => subnet === undefined).map(({ text }) => text);
    if (wrong.length > 0) throw new Error(`must be CIDR blocks, which these are not: ${wrong.join(" ")}`);
    if (!coversMoreThanHalf(parsed.flatMap(({ subnet }) => subnet ?? []))) return value;
    throw new Error("trusts more than half of all addresses: any caller could claim to be any other");
  },
};

/** Slugs of programs, separated by commas; each counts once. */
export const slugs: Row<readonly string[], string> = {
  fallback: "",
  parse(value) {
    const list = splitList(value);
    if (list.every((slug) => /^[a-z0-9_-]+$/.test(slug))) return [...new Set(list)];
    throw new Error("must be slugs of programs, separated by commas");
  },
};

const splitList = (value: string) =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

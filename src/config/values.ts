/** How the text of each variable is parsed. A refusal says what the text must be. */
import { isEmailAddress } from "../lib/net/email-address.ts";
import { readPostgresUrl } from "../lib/net/postgres-url.ts";
import { isWithin, parseSubnet, type Subnet, splitSubnetList } from "../lib/net/subnets.ts";
import { isSlug } from "../lib/slug.ts";
import { isInTheClear, readOrigin } from "./addresses.ts";

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

/** One of these words, or none. */
export const optionalOneOf = <T extends string>(...values: readonly [T, ...T[]]) =>
  optional(oneOf(values[0], ...values).parse);

/** `true` or `false`. */
export const flag = (fallback: boolean): Row<boolean, string> => ({
  fallback: String(fallback),
  parse: (value) => oneOf("true", "true", "false").parse(value.toLowerCase()) === "true",
});

/** A variable without a default. `parse` gives its value, or throws. */
const optional = <T>(parse: Row<T>["parse"]): Row<T, undefined> => ({ fallback: undefined, parse });

/** The same, printed as `[secret]`. */
const hidden = <T>(parse: Row<T>["parse"]) => ({ ...optional(parse), secret: true as const });

/** Gives a text that is right as it is, and refuses others. */
const checked = (isRight: (value: string) => boolean, problem: string) => (value: string) => {
  if (isRight(value)) return value;
  throw new Error(problem);
};

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
export const secret = hidden(parseSecret);

/** Sent in a header, so it must be printable and without spaces. */
export const bearerToken = hidden((value) => {
  if (/^[\x21-\x7e]+$/.test(value)) return parseSecret(value);
  throw new Error("must be printable ASCII without spaces: it is sent in a header");
});

/** Several secrets, separated by commas. */
export const secretList: Row<readonly string[], string> = {
  fallback: "",
  secret: true,
  parse: (value) => splitList(value).map(parseSecret),
};

/** Any text, printed as `[secret]`. */
export const hiddenText = hidden((value) => value);

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
  parse: checked(isTimeZone, "is not a time zone name such as America/Los_Angeles"),
};

/** Where a PostgreSQL database is, its primary or a replica; may contain a password. */
const postgresUrl = (use: "primary" | "standby") =>
  hidden((value) => {
    const { wanted } = readPostgresUrl(value);
    if (wanted === "any" || wanted === use) return value;
    throw new Error(`needs a target_session_attrs of any${use === "primary" ? ", read-write" : ""} or ${use}`);
  });

/** The database that everything is written to. */
export const databaseUrl = postgresUrl("primary");

/** A streaming replica. */
export const replicaUrl = postgresUrl("standby");

/** An origin; https, except on this machine. */
export const baseUrl = optional((value) => {
  const origin = readOrigin(value);
  if (origin === undefined || new URL(origin).hostname.endsWith(".")) {
    throw new Error("must be an origin such as https://keys.example.org, without a user, a path or a dot at its end");
  }
  if (!isInTheClear(origin)) return origin;
  throw new Error("must be https, except on localhost: otherwise passwords would be sent unencrypted");
});

const discoveryPath = "/.well-known/openid-configuration";

/** The discovery document of an OpenID Connect provider; https, except on this machine. */
export const discoveryUri = optional((value) => {
  const url = URL.parse(value);
  if (url === null || readOrigin(url.origin) === undefined || url.href !== `${url.origin}${url.pathname}`) {
    throw new Error(`must be a URL such as https://login.example.gov${discoveryPath}`);
  }
  if (!url.pathname.endsWith(discoveryPath)) throw new Error(`must end with ${discoveryPath}`);
  if (isInTheClear(url.origin)) throw new Error("must be https, except on localhost: anyone could sign in otherwise");
  return url.href;
});

/** One e-mail address. */
export const emailAddress = optional(checked(isEmailAddress, "must be one e-mail address such as keys@example.org"));

/** A mail server; may contain a password. */
export const smtpUrl = hidden(
  checked(
    (value) => /^smtps?:$/.test(URL.parse(value)?.protocol ?? "") && new URL(value).hostname !== "",
    "must be a URL such as smtps://user:password@mail.example.org",
  ),
);

/** Secret, because many receivers recognize their callers by a part of the path. */
export const webhookUrl = hidden((value) => {
  const url = URL.parse(value);
  const isPlain = url !== null && url.username === "" && url.password === "";
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href;
  throw new Error("must be a URL such as https://hooks.example.org/civikey, without a password");
});

/** Networks that nobody routes, so that a large block of them is no danger (RFC 4193, RFC 4291). */
const localNetworks = ["fc00::/7", "fe80::/10"].flatMap((text) => parseSubnet(text) ?? []);

/** More than any operator of proxies has. */
function isLarge(subnet: Subnet): boolean {
  return subnet.prefixLength < (subnet.family === 4 ? 8 : 16) && !isWithin(subnet, localNetworks);
}

/** CIDR blocks, separated by commas, each of a size that a network of proxies can have. */
export const proxies: Row<string, string> = {
  fallback: "",
  parse(value) {
    const parsed = splitSubnetList(value).map((text) => ({ text, subnet: parseSubnet(text) }));
    const wrong = parsed.filter(({ subnet }) => subnet === undefined).map(({ text }) => text);
    if (wrong.length > 0) throw new Error(`must be CIDR blocks, which these are not: ${wrong.join(" ")}`);
    const large = parsed.filter(({ subnet }) => subnet && isLarge(subnet)).map(({ text }) => text);
    if (large.length === 0) return value;
    throw new Error(
      `trusts too many addresses (${large.join(" ")}), each of which could claim to be any client: ` +
        "list your proxies alone, in blocks of /8 or smaller (IPv6: /16)",
    );
  },
};

/** Slugs of programs, separated by commas; each counts once. */
export const slugs: Row<readonly string[], string> = {
  fallback: "",
  parse(value) {
    const list = splitList(value);
    if (list.every(isSlug)) return [...new Set(list)];
    throw new Error("must be slugs of programs, separated by commas");
  },
};

const splitList = (value: string) =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

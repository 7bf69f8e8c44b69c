/**
 * The environment, read once into one frozen object. Every variable is a row of the table below. All
 * problems are reported together, and an unsafe value keeps the server from starting.
 */
import { readFileSync } from "node:fs";
import { describeFileProblem } from "../lib/file-problem.ts";
import { findNearMiss } from "../lib/near-miss.ts";
import { findSourceProblem, findSyncTokenProblem, findWebhookProblem } from "./addresses.ts";
import {
  baseUrl,
  bearerToken,
  databaseUrl,
  discoveryUri,
  emailAddress,
  flag,
  hiddenText,
  integer,
  oneOf,
  optionalOneOf,
  proxies,
  type Row,
  replicaUrl,
  secret,
  secretList,
  slugs,
  smtpUrl,
  text,
  webhookUrl,
  zone,
} from "./values.ts";

/** The configuration has problems; `problems` has one line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s):\n  - ${problems.join("\n  - ")}`);
    this.problems = problems;
  }
}

const rows = {
  HOST: text("127.0.0.1"),
  PORT: integer(9000, 0, 65_535),
  BASE_URL: baseUrl,
  DATABASE_URL: databaseUrl,
  DATABASE_MIGRATION_URL: databaseUrl,
  DATABASE_READ_URL: replicaUrl,
  DATA_DIR: text("./data"),
  SECRET_KEY: secret,
  CIVIFORM_API_SECRET_SALT: secret,
  CIVIFORM_API_SECRET_SALTS_OLD: secretList,
  CIVIFORM_TIME_ZONE_ID: zone,
  CIVIFORM_API_APPLICATIONS_LIST_MAX_PAGE_SIZE: integer(1000, 1, 10_000),
  CIVIFORM_API_KEYS_BAN_GLOBAL_SUBNET: flag(true),
  API_KEY_MAX_LIFETIME_DAYS: integer(366, 0),
  CLIENT_IP_TYPE: oneOf("DIRECT", "DIRECT", "FORWARDED"),
  NUM_TRUSTED_PROXIES: integer(1, 1, 100),
  TRUSTED_PROXIES: proxies,
  SESSION_IDLE_MINUTES: integer(60, 1),
  SESSION_ABSOLUTE_HOURS: integer(12, 1),
  REAUTHENTICATE_MINUTES: integer(15, 1),
  SECOND_FACTOR: optionalOneOf("required", "optional"),
  PASSWORD_SIGN_IN: flag(true),
  CIVIFORM_ADMIN_IDP: optionalOneOf("generic-oidc-admin", "adfs"),
  ADMIN_OIDC_PROVIDER_NAME: text("Single sign-on"),
  ADMIN_OIDC_CLIENT_ID: text(undefined),
  ADMIN_OIDC_CLIENT_SECRET: hiddenText,
  ADMIN_OIDC_DISCOVERY_URI: discoveryUri,
  ADMIN_OIDC_ADDITIONAL_SCOPES: text(undefined),
  ADMIN_OIDC_ID_GROUPS_ATTRIBUTE_NAME: text("groups"),
  ADMIN_OIDC_ADMIN_GROUP_NAME: text("CIVIFORM_GLOBAL_ADMIN"),
  ADMIN_OIDC_AUDITOR_GROUP_NAME: text(undefined),
  ADFS_CLIENT_ID: text(undefined),
  ADFS_SECRET: hiddenText,
  ADFS_DISCOVERY_URI: discoveryUri,
  ADFS_ADMIN_GROUP: text(undefined),
  ADFS_ADDITIONAL_SCOPES: text("allatclaims"),
  AD_GROUPS_ATTRIBUTE_NAME: text("group"),
  RATE_LIMIT_REFUSED_PER_MINUTE: integer(300, 0),
  RATE_LIMIT_PER_KEY_PER_MINUTE: integer(6000, 0),
  WRITE_BYTES_PER_KEY_PER_DAY: integer(2 ** 30, 0, 2 ** 50),
  METRICS_TOKEN: bearerToken,
  RATE_LIMIT_ANONYMOUS_PER_MINUTE: integer(120, 0),
  API_DOCS_ACCESS: oneOf("members", "members", "public"),
  SUPPORT_EMAIL_ADDRESS: emailAddress,
  SMTP_URL: smtpUrl,
  ALERT_WEBHOOK_URL: webhookUrl,
  ALERT_WEBHOOK_ALLOW_PRIVATE: flag(false),
  CIVIFORM_SYNC_URL: text(undefined),
  CIVIFORM_SYNC_TOKEN: hiddenText,
  CIVIFORM_SYNC_PROGRAMS: slugs,
  CIVIFORM_SYNC_MINUTES: integer(15, 1, 10_080),
  CIVIFORM_SYNC_FULL_HOURS: integer(24, 0, 8_760),
  CIVIFORM_SYNC_ALLOW_HTTP: flag(false),
  LOG_LEVEL: oneOf("info", "debug", "info", "warn", "error", "silent"),
  LOG_FORMAT: oneOf("auto", "auto", "json", "pretty"),
  SHUTDOWN_DELAY_SECONDS: integer(0, 0, 300),
  WORKERS: integer(1, 1, 64),
} as const satisfies Record<string, Row<unknown>>;

type Rows = typeof rows;
type VariableName = keyof Rows;
/** Variables without a default are undefined when they are not set. */
type Value<N extends VariableName> = ReturnType<Rows[N]["parse"]> | Extract<Rows[N]["fallback"], undefined>;

/** The effective configuration, by the names of the variables. */
export type Config = { readonly [N in VariableName]: Value<N> };

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. Throws one `ConfigError` with every problem. */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, row] of Object.entries<Row<unknown>>(rows)) {
    try {
      const given = readVariable(environment, name) ?? row.fallback;
      values[name] = given === undefined ? undefined : row.parse(given);
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const config = values as Config;
  problems.push(...findContradictions(config));
  if (problems.length === 0) return Object.freeze(config);
  const hints = findMisspelled(environment).map(({ name, meant }) => `${name} is unknown: did you mean ${meant}?`);
  throw new ConfigError([...problems, ...hints]);
}

/** Variables that are none of ours, but nearly have the name of one. */
export function findMisspelled(environment: Environment): { name: string; meant: string }[] {
  const known = variableNames.flatMap((name) => [name, `${name}_FILE`]);
  return Object.keys(environment).flatMap((name) => {
    const meant = known.includes(name) ? undefined : findNearMiss(name, known);
    return meant === undefined ? [] : [{ name, meant }];
  });
}

/** `NAME`, or the contents of the file that `NAME_FILE` names; an empty variable counts as not set. */
function readVariable(environment: Environment, name: string): string | undefined {
  const direct = environment[name]?.trim() || undefined;
  const file = environment[`${name}_FILE`]?.trim() || undefined;
  if (direct !== undefined && file !== undefined) {
    throw new Error(`and ${name}_FILE are both set: keep one`);
  }
  if (file === undefined) return direct;
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch (cause) {
    const problem = describeFileProblem(cause) ?? "it cannot be read";
    throw new Error(`cannot be read from ${file}, which ${name}_FILE names: ${problem}`, { cause });
  }
}

/** What is wrong with variables that are right by themselves. */
function findContradictions(config: Config): string[] {
  const { DATABASE_URL, CIVIFORM_SYNC_URL: source, CIVIFORM_SYNC_TOKEN: token, ALERT_WEBHOOK_URL: webhook } = config;
  const hasOwnDatabase = DATABASE_URL === undefined;
  const isUnset = (name: VariableName) => name in config && config[name] === undefined;
  const mustBeShared = "must be set with DATABASE_URL: all instances must share it";
  const isSyncing = config.CIVIFORM_SYNC_PROGRAMS?.length > 0;
  const mustBeSet = "must be set with CIVIFORM_SYNC_PROGRAMS";
  const { CIVIFORM_ADMIN_IDP: idp } = config;
  const prefix = idp === "adfs" ? "ADFS" : "ADMIN_OIDC";
  const settings = ["CLIENT_ID", "DISCOVERY_URI"] as const;
  const someSetting = settings.map((name) => `ADMIN_OIDC_${name}` as const).find((name) => config[name] !== undefined);
  const problems: readonly (readonly [name: VariableName, problem: string | false | undefined])[] = [
    ["SECRET_KEY", !hasOwnDatabase && isUnset("SECRET_KEY") && mustBeShared],
    ["CIVIFORM_API_SECRET_SALT", !hasOwnDatabase && isUnset("CIVIFORM_API_SECRET_SALT") && mustBeShared],
    [
      "DATABASE_MIGRATION_URL",
      hasOwnDatabase && config.DATABASE_MIGRATION_URL && "needs DATABASE_URL, the server's own",
    ],
    ["DATABASE_READ_URL", hasOwnDatabase && config.DATABASE_READ_URL && "needs DATABASE_URL, whose replica it is"],
    [
      "WORKERS",
      hasOwnDatabase && config.WORKERS > 1 && "above 1 needs DATABASE_URL: the embedded database serves one server",
    ],
    [
      "WORKERS",
      config.WORKERS > 1 &&
        process.platform !== "linux" &&
        "above 1 needs Linux: elsewhere, start several instances on different ports",
    ],
    [
      "SUPPORT_EMAIL_ADDRESS",
      config.SMTP_URL && isUnset("SUPPORT_EMAIL_ADDRESS") && "must be set with SMTP_URL: it is the sender",
    ],
    ["ALERT_WEBHOOK_URL", webhook && !config.ALERT_WEBHOOK_ALLOW_PRIVATE && findWebhookProblem(webhook)],
    ["CIVIFORM_SYNC_URL", source && findSourceProblem(source, { allowsHttp: config.CIVIFORM_SYNC_ALLOW_HTTP })],
    ["CIVIFORM_SYNC_TOKEN", token && findSyncTokenProblem(token)],
    ["CIVIFORM_SYNC_URL", isSyncing && !source && mustBeSet],
    ["CIVIFORM_SYNC_TOKEN", isSyncing && !token && mustBeSet],
    ...settings.map((setting) => {
      const name = `${prefix}_${setting}` as const;
      return [name, idp && isUnset(name) && `must be set with CIVIFORM_ADMIN_IDP=${idp}`] as const;
    }),
    [
      "CIVIFORM_ADMIN_IDP",
      isUnset("CIVIFORM_ADMIN_IDP") && someSetting && `must be generic-oidc-admin to use ${someSetting}`,
    ],
    [
      "PASSWORD_SIGN_IN",
      config.PASSWORD_SIGN_IN === false &&
        isUnset("CIVIFORM_ADMIN_IDP") &&
        "must not be false without CIVIFORM_ADMIN_IDP: nobody could sign in",
    ],
  ];
  return problems.flatMap(([name, problem]) => (problem ? [`${name} ${problem}`] : []));
}

/** The public URL of a server that listens on this port. */
export function readBaseUrl(config: Config, port = config.PORT): string {
  return config.BASE_URL ?? `http://localhost:${port}`;
}

/** The effective configuration by the names of the variables, as text; secrets are masked, empty is "not set". */
export function describeConfig(config: Config): Record<string, string> {
  const generated = config.DATABASE_URL === undefined ? "[generated in DATA_DIR]" : "";
  const implied: Readonly<Record<string, string>> = {
    BASE_URL: readBaseUrl(config),
    SECOND_FACTOR: requiresSecondFactor(config) ? "required" : "optional",
    SECRET_KEY: generated,
    CIVIFORM_API_SECRET_SALT: generated,
  };
  return Object.fromEntries(
    Object.entries<Row<unknown>>(rows).map(([name, row]) => {
      const value = config[name as VariableName];
      const shown = value === undefined ? "" : String(value);
      return [name, row.secret && shown !== "" ? "[secret]" : shown || (implied[name] ?? "")];
    }),
  );
}

/** Whether people who sign in with a password need a second factor: where the public URL is https, unless it is set. */
export function requiresSecondFactor({ SECOND_FACTOR, BASE_URL }: Config): boolean {
  return (SECOND_FACTOR ?? (BASE_URL?.startsWith("https:") ? "required" : "optional")) === "required";
}

/** The name of every variable, in the order of the table; each may also be set as `NAME_FILE`. */
export const variableNames: readonly string[] = Object.keys(rows);

import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, describeConfig, readConfig, requiresSecondFactor } from "../../src/config/variables.ts";

const secret = "k3Jx0vQm8sVtYw2RzLhUeN5bGd7cFa9P";
const shared = {
  DATABASE_URL: "postgres://civikey@db/civikey?sslmode=disable",
  SECRET_KEY: secret,
  CIVIFORM_API_SECRET_SALT: `${secret}salt`,
};
const oidc = {
  CIVIFORM_ADMIN_IDP: "generic-oidc-admin",
  ADMIN_OIDC_CLIENT_ID: "civikey",
  ADMIN_OIDC_DISCOVERY_URI: "https://login.example.gov/.well-known/openid-configuration",
};
const support = { SUPPORT_EMAIL_ADDRESS: "keys@example.org" };
const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

const folder = await mkdtemp(join(tmpdir(), "civikey-config-"));
afterAll(() => rm(folder, { recursive: true }));

describe("the configuration", () => {
  test("is whole without any variable: everything has a safe default", () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      HOST: "127.0.0.1",
      PORT: 9000,
      CIVIFORM_TIME_ZONE_ID: "America/Los_Angeles",
      CLIENT_IP_TYPE: "DIRECT",
      API_KEY_MAX_LIFETIME_DAYS: 366,
      CIVIFORM_API_KEYS_BAN_GLOBAL_SUBNET: true,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test.each([
    [{}, "optional"],
    [{ BASE_URL: "http://localhost:9000" }, "optional"],
    [{ BASE_URL: "https://keys.example.org" }, "required"],
    [{ BASE_URL: "https://keys.example.org", SECOND_FACTOR: "optional" }, "optional"],
    [{ SECOND_FACTOR: "required" }, "required"],
  ])("with %p, a second factor is %s", (environment, expected) => {
    const config = readConfig(environment);
    expect(requiresSecondFactor(config)).toBe(expected === "required");
    expect(describeConfig(config).SECOND_FACTOR).toBe(expected);
  });

  test("says with its problems which variable was probably misspelled", () => {
    const { CIVIFORM_API_SECRET_SALT: CIVIFORM_API_SECRET_SALTT, ...others } = shared;
    const problems = problemsOf({ ...others, CIVIFORM_API_SECRET_SALTT });
    expect(problems).toContain("CIVIFORM_API_SECRET_SALTT is unknown: did you mean CIVIFORM_API_SECRET_SALT?");
  });

  test("reports all its problems together", () => {
    const problems = problemsOf({
      PORT: "many",
      CIVIFORM_TIME_ZONE_ID: "Mars/Olympus",
      CLIENT_IP_TYPE: "MAYBE",
      DATABASE_URL: "mysql://db",
      SESSION_IDLE_MINUTES: "0",
    });
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
      "PORT",
      "DATABASE_URL",
      "CIVIFORM_TIME_ZONE_ID",
      "CLIENT_IP_TYPE",
      "SESSION_IDLE_MINUTES",
    ]);
  });

  const unsafe: Record<string, Record<string, string>> = {
    "a database without a secret key": { ...shared, SECRET_KEY: "" },
    "a database without a salt": { ...shared, CIVIFORM_API_SECRET_SALT: "" },
    "a short secret key": { ...shared, SECRET_KEY: "short" },
    "CiviForm's placeholder as the salt": { ...shared, CIVIFORM_API_SECRET_SALT: "changeme" },
    "a long placeholder": { ...shared, SECRET_KEY: "please-change-me-please-change-me-please" },
    "a secret of one character": { ...shared, SECRET_KEY: "a".repeat(64) },
    "a short old salt": { ...shared, CIVIFORM_API_SECRET_SALTS_OLD: "short" },
    "an offset as the time zone": { CIVIFORM_TIME_ZONE_ID: "+05:00" },
    "an offset without its colon as the time zone": { CIVIFORM_TIME_ZONE_ID: "-0800" },
    "trusting every address as a proxy": { TRUSTED_PROXIES: "0.0.0.0/0" },
    "trusting every address in halves": { TRUSTED_PROXIES: "::/1,8000::/1" },
    "trusting half of IPv4": { TRUSTED_PROXIES: "0.0.0.0/1" },
    "trusting a part of IPv4 that no operator has": { TRUSTED_PROXIES: "10.0.0.0/8,64.0.0.0/7" },
    "trusting half of the IPv6 that is routed": { TRUSTED_PROXIES: "2000::/4" },
    "trusting more IPv6 than the local networks": { TRUSTED_PROXIES: "fc00::/6" },
    "trusting every address in disguise": { TRUSTED_PROXIES: "::ffff:0:0/96" },
    "a proxy that is no subnet": { TRUSTED_PROXIES: "10.0.0.1" },
    "a public URL without TLS": { BASE_URL: "http://keys.example.org" },
    "a public URL with a user": { BASE_URL: "https://ada@keys.example.org" },
    "a public URL with a password": { BASE_URL: "https://:secret@keys.example.org" },
    "a public URL whose host ends in a dot": { BASE_URL: "https://keys.example.org." },
    "a public URL with a fragment": { BASE_URL: "https://keys.example.org/#admin" },
    "no trusted proxy at all": { NUM_TRUSTED_PROXIES: "0" },
    "a short token for the metrics": { METRICS_TOKEN: "short" },
    "a placeholder as the token for the metrics": {
      METRICS_TOKEN: "your-secret-token-change-me-0123456789",
    },
    "a token for the metrics that fits no header": { METRICS_TOKEN: `${secret} and more` },
    "mails from nobody": { SMTP_URL: "smtps://mail.example.org" },
    "mails to a list": { SUPPORT_EMAIL_ADDRESS: "a@example.org,b@example.org" },
    "a mail server that is none": { ...support, SMTP_URL: "https://mail.example.org" },
    "a webhook in the clear": { ALERT_WEBHOOK_URL: "http://hooks.example.org/" },
    "a webhook on this machine": { ALERT_WEBHOOK_URL: "https://127.1/" },
    "a webhook in the cloud's own network": { ALERT_WEBHOOK_URL: "https://169.254.169.254/" },
    "workers on the embedded database": { WORKERS: "2" },
    "more workers than a machine has use for": { ...shared, WORKERS: "1000" },
    "a replica of the embedded database": { DATABASE_READ_URL: "postgres://replica/civikey?sslmode=disable" },
    "a source in the clear": { CIVIFORM_SYNC_URL: "http://civiform.example.gov" },
    "a source that is more than an origin": { CIVIFORM_SYNC_URL: "https://x.example.gov/api" },
    "a source with a password": { CIVIFORM_SYNC_URL: "https://user:pass@x.example.gov" },
    "a source's key that is no token": { CIVIFORM_SYNC_TOKEN: "cvk_x:cvs_y" },
    "programs to pull, but no key": {
      CIVIFORM_SYNC_URL: "https://civiform.example.gov",
      CIVIFORM_SYNC_PROGRAMS: "snow-removal",
    },
    "programs to pull from nowhere": {
      CIVIFORM_SYNC_TOKEN: btoa("key:secret"),
      CIVIFORM_SYNC_PROGRAMS: "snow-removal",
    },
    "programs to pull that are no slugs": { CIVIFORM_SYNC_PROGRAMS: "Snow Removal" },
    "passwords off without sign-on": { PASSWORD_SIGN_IN: "false" },
    "a provider of a kind that CiviForm's admins do not use": { ...oidc, CIVIFORM_ADMIN_IDP: "generic-oidc" },
    "a provider's client without the kind of provider": { ADMIN_OIDC_CLIENT_ID: "civikey" },
    "a provider without a client": { ...oidc, ADMIN_OIDC_CLIENT_ID: "" },
    "a provider that nobody could find": { ...oidc, ADMIN_OIDC_DISCOVERY_URI: "" },
    "the client of another kind of provider": { ADFS_CLIENT_ID: "civikey", ...oidc, CIVIFORM_ADMIN_IDP: "adfs" },
    "a provider over http": { ...oidc, ADMIN_OIDC_DISCOVERY_URI: oidc.ADMIN_OIDC_DISCOVERY_URI.replace("s:", ":") },
    "an issuer in place of its discovery document": { ...oidc, ADMIN_OIDC_DISCOVERY_URI: "https://login.example.gov/" },
    "a discovery document with a query": {
      ...oidc,
      ADMIN_OIDC_DISCOVERY_URI: `${oidc.ADMIN_OIDC_DISCOVERY_URI}?appid=1`,
    },
    "a discovery document that is no URL": { ...oidc, ADMIN_OIDC_DISCOVERY_URI: "login.example.gov" },
    "a webhook with a password": { ALERT_WEBHOOK_URL: "https://user:pass@hooks.example.org/" },
  };
  for (const [name, environment] of Object.entries(unsafe)) {
    test(`refuses ${name}`, () => {
      expect(problemsOf(environment)).toHaveLength(1);
    });
  }

  test("takes the sign-on variables of CiviForm, and hides the client's secret", () => {
    const config = readConfig({ ...oidc, ADMIN_OIDC_CLIENT_SECRET: "theClientsSecret", PASSWORD_SIGN_IN: "false" });
    expect(config).toMatchObject({ ...oidc, PASSWORD_SIGN_IN: false });
    expect(JSON.stringify(describeConfig(config))).not.toContain("theClientsSecret");
    const adfs = {
      CIVIFORM_ADMIN_IDP: "adfs",
      ADFS_CLIENT_ID: "civikey",
      ADFS_DISCOVERY_URI: "https://adfs.example.gov/adfs/.well-known/openid-configuration",
    };
    expect(readConfig(adfs)).toMatchObject({ ...adfs, AD_GROUPS_ATTRIBUTE_NAME: "group" });
    expect(
      problemsOf({ ...oidc, ADMIN_OIDC_DISCOVERY_URI: "http://localhost:8080/.well-known/openid-configuration" }),
    ).toEqual([]);
  });

  test("trusts proxies in the networks that operators have", () => {
    const proxies = "10.0.0.0/8, 173.245.48.0/20, 127.0.0.1/32, 2400:cb00::/32, 2a00::/16, fc00::/7, fe80::/10";
    expect(readConfig({ TRUSTED_PROXIES: proxies }).TRUSTED_PROXIES).toBe(proxies);
  });

  test("never prints a secret, in a problem or in its description", () => {
    const wrong = "oneSecretThatMustNotBePrinted";
    const texts = [
      ...problemsOf({ ...shared, SECRET_KEY: wrong, CIVIFORM_API_SECRET_SALTS_OLD: wrong }),
      JSON.stringify(
        describeConfig(readConfig({ ...shared, DATABASE_READ_URL: `postgres://me:${wrong}@db/?sslmode=disable` })),
      ),
    ];
    for (const text of texts) {
      expect(text).not.toContain(wrong);
      expect(text).not.toContain(secret);
    }
    expect(describeConfig(readConfig(shared)).SECRET_KEY).toBe("[secret]");
    expect(describeConfig(readConfig({ METRICS_TOKEN: secret })).METRICS_TOKEN).toBe("[secret]");
  });

  test("allows a webhook in one's own network, and prints neither it nor the mail server", () => {
    const config = readConfig({
      ...support,
      SMTP_URL: "smtp://user:mailpass@localhost",
      ALERT_WEBHOOK_URL: "http://10.0.0.7/hidden",
      ALERT_WEBHOOK_ALLOW_PRIVATE: "true",
    });
    expect(JSON.stringify(describeConfig(config))).not.toMatch(/mailpass|hidden/);
  });

  test("names what to pull, and never prints the key", () => {
    const token = btoa("key:a secret of a source");
    const config = readConfig({
      CIVIFORM_SYNC_URL: "http://10.0.0.7:9000",
      CIVIFORM_SYNC_ALLOW_HTTP: "true",
      CIVIFORM_SYNC_TOKEN: token,
      CIVIFORM_SYNC_PROGRAMS: "snow-removal, utility-discount,snow-removal",
    });
    expect(config.CIVIFORM_SYNC_PROGRAMS).toEqual(["snow-removal", "utility-discount"]);
    expect(describeConfig(config)).toMatchObject({
      CIVIFORM_SYNC_TOKEN: "[secret]",
      CIVIFORM_SYNC_PROGRAMS: "snow-removal,utility-discount",
    });
    expect(problemsOf({ CIVIFORM_SYNC_TOKEN: `${token}x` })[0]).not.toContain(token);
  });

  test("takes a secret from a file, and refuses to guess when both are given", async () => {
    const file = join(folder, "key");
    await writeFile(file, `${secret}\n`);
    const { SECRET_KEY, ...others } = shared;
    expect(readConfig({ ...others, SECRET_KEY_FILE: file }).SECRET_KEY).toBe(SECRET_KEY);
    expect(problemsOf({ ...shared, SECRET_KEY_FILE: file })[0]).toContain("SECRET_KEY_FILE");
    expect(problemsOf({ ...others, SECRET_KEY_FILE: join(folder, "none") })[0]).toContain("SECRET_KEY");
  });
});

/** What each setting means to the people who look at it. */

/** One setting: its variable, its name, and what its value or its absence means. */
export type SettingRow = readonly [variable: string, name: string, say: (value: string) => string, unset?: string];

const asIs = (value: string) => value;
const isSet = () => "Set";
const ifTrue = (yes: string, no: string) => (value: string) => (value === "true" ? yes : no);
const unlimited = (unit: string) => (value: string) => (value === "0" ? "No limit" : `${withCommas(value)} ${unit}`);
const withCommas = (value: string) => Number(value).toLocaleString("en-US");

/** Every setting that concerns people who use the pages, by subject. */
export const settingRows: readonly { readonly title: string; readonly rows: readonly SettingRow[] }[] = [
  {
    title: "This server",
    rows: [
      ["BASE_URL", "Public address", asIs],
      ["CIVIFORM_TIME_ZONE_ID", "Time zone", (zone) => `${zone}. Days begin and keys expire at midnight there.`],
      [
        "DATABASE_URL",
        "Database",
        () => "A PostgreSQL server",
        "Built in. The data is in the data folder: back it up.",
      ],
      [
        "CIVIFORM_SYNC_PROGRAMS",
        "Synced from CiviForm",
        (programs) => programs.replaceAll(",", ", "),
        "Nothing. Applications come from files, or are submitted through the API.",
      ],
      ["METRICS_TOKEN", "Metrics", () => "Need a token", "Only this machine can read them."],
    ],
  },
  {
    title: "API keys and calls",
    rows: [
      ["API_KEY_MAX_LIFETIME_DAYS", "Longest lifetime of a key", unlimited("days")],
      [
        "CIVIFORM_API_KEYS_BAN_GLOBAL_SUBNET",
        "Keys for every IP address",
        ifTrue("Refused", "Allowed. A leaked key then works from anywhere."),
      ],
      ["RATE_LIMIT_PER_KEY_PER_MINUTE", "Calls per key", unlimited("per minute")],
      [
        "WRITE_BYTES_PER_KEY_PER_DAY",
        "Data written per key",
        (value) =>
          value === "0" ? "No limit" : `${withCommas(String(Math.round(Number(value) / 2 ** 20)))} MiB per day`,
      ],
      ["RATE_LIMIT_REFUSED_PER_MINUTE", "Refused calls per network", unlimited("per minute")],
      ["RATE_LIMIT_ANONYMOUS_PER_MINUTE", "Signed-out requests per network", unlimited("per minute")],
      ["CIVIFORM_API_APPLICATIONS_LIST_MAX_PAGE_SIZE", "Largest page of applications", withCommas],
      [
        "API_DOCS_ACCESS",
        "Who can read the API docs",
        (access) => (access === "public" ? "Everybody" : "People who are signed in, and API keys"),
      ],
      [
        "CLIENT_IP_TYPE",
        "Client addresses",
        (type) =>
          type === "DIRECT"
            ? "Taken from the connection. Behind a proxy, every call would seem to come from the proxy."
            : "Taken from X-Forwarded-For, as the trusted proxies write it",
      ],
    ],
  },
  {
    title: "Sign-in",
    rows: [
      ["SESSION_IDLE_MINUTES", "A session ends when idle for", (value) => `${withCommas(value)} minutes`],
      ["SESSION_ABSOLUTE_HOURS", "A session ends in any case after", (value) => `${withCommas(value)} hours`],
      ["REAUTHENTICATE_MINUTES", "Changes ask you to confirm after", (value) => `${withCommas(value)} minutes`],
      [
        "SECOND_FACTOR",
        "Second factor",
        (value) => (value === "required" ? "Required" : "Optional. A stolen password alone can sign in."),
      ],
      ["PASSWORD_SIGN_IN", "Passwords", ifTrue("People can sign in with one", "Off. People use sign-on.")],
      [
        "CIVIFORM_ADMIN_IDP",
        "Sign-on",
        (kind) => (kind === "adfs" ? "ADFS" : "OpenID Connect"),
        "Not configured. People sign in with passwords and passkeys.",
      ],
    ],
  },
  {
    title: "Alerts about expiring keys",
    rows: [
      ["SMTP_URL", "E-mail", isSet, "Not configured. Nobody is e-mailed before a key expires."],
      ["SUPPORT_EMAIL_ADDRESS", "Support address", asIs, "None. Pages have no address for help."],
      ["ALERT_WEBHOOK_URL", "Webhook", isSet, "Not configured. No chat or ticket system is told."],
    ],
  },
];

/** Pages with sample data, in every state that they have: for the gallery and for the tests of the views. */
import type { ApiKey } from "../../src/domain/api-keys.ts";
import { Secret } from "../../src/domain/secret.ts";
import { apiKeyPage } from "../../src/views/api-key.tsx";
import { apiKeysPage } from "../../src/views/api-keys.tsx";
import type { AuditEntry } from "../../src/views/audit-entries.tsx";
import { credentialsPage } from "../../src/views/credentials.tsx";
import { errorPage } from "../../src/views/error-page.tsx";
import type { LayoutAssets, PageContext } from "../../src/views/layout.tsx";
import { loginPage } from "../../src/views/login.tsx";
import { emptyNewApiKey, newApiKeyPage } from "../../src/views/new-api-key.tsx";
import { retireApiKeyPage } from "../../src/views/retire-api-key.tsx";
import { setupPage } from "../../src/views/setup.tsx";

const now = new Date("2026-11-23T18:30:00Z");
const dayMs = 86_400_000;

const daysFromNow = (days: number) => new Date(now.getTime() + days * dayMs);
const midnight = (date: string) => new Date(`${date}T08:00:00Z`);

/** What every sample page has around it: a signed-in admin, in Los Angeles, at a fixed time. */
export function samplePage(assets: LayoutAssets): PageContext {
  return {
    assets,
    now,
    zone: "America/Los_Angeles",
    adminEmail: "maria.gonzalez@seattle.example.gov",
    nav: [{ label: "API keys", href: "/admin/apiKeys" }],
    notice: null,
  };
}

/** One API key; what is not given is plain and harmless. */
export function sampleKey(given: Partial<ApiKey> = {}): ApiKey {
  return {
    id: 7,
    keyId: "cvk_4Xr9TqLw2ZpVn8sKd3Yb1A",
    name: "Housing back end",
    state: "active",
    expiration: midnight("2027-09-01"),
    subnets: ["203.0.113.0/24"],
    contactEmail: "integrations@housing.example.org",
    note: null,
    createdAt: daysFromNow(-82),
    createdBy: "maria.gonzalez@seattle.example.gov",
    retiredAt: null,
    retiredBy: null,
    callCount: 12_431,
    lastUsedAt: new Date(now.getTime() - 3 * 60_000),
    lastUsedAddress: "203.0.113.9",
    grants: [{ programName: "Housing assistance", slug: "housing-assistance", permission: "READ" }],
    predecessor: null,
    successor: null,
    ...given,
  };
}

const programNames = [
  "Utility discount program",
  "Child care assistance",
  "ORCA LIFT reduced fare",
  "Recreation fee scholarship",
  "Senior meals",
  "Property tax exemption",
  "Food vouchers",
  "برنامج المساعدة السكنية",
];

const slugOf = (index: number) => `program-${index + 1}`;

const manyGrants = programNames.map((programName, index) => ({
  programName,
  slug: slugOf(index),
  permission: "READ" as const,
}));

const activeKeys: readonly ApiKey[] = [
  sampleKey({
    id: 12,
    name: "Nightly export to the data warehouse",
    keyId: "cvk_0aB7cD2eF4gH6iJ8kL1mN3",
    expiration: midnight("2026-11-29"),
    subnets: ["198.51.100.17/32", "2001:db8:40::/48"],
    callCount: 803,
    lastUsedAt: new Date(now.getTime() - 9 * 3_600_000),
    lastUsedAddress: "198.51.100.17",
    grants: [
      { programName: "Utility discount program", slug: "utility-discount", permission: "READ" },
      { programName: "Utility discount program", slug: "utility-discount", permission: "WRITE" },
    ],
  }),
  sampleKey({
    id: 11,
    name: "Case management (vendor)",
    keyId: "cvk_9zY8xW7vU6tS5rQ4pO3nM2",
    expiration: midnight("2026-12-18"),
    subnets: ["192.0.2.44/32"],
    callCount: 1_204_877,
    lastUsedAt: new Date(now.getTime() - 20_000),
    lastUsedAddress: "192.0.2.44",
    grants: [{ programName: "Child care assistance", slug: "child-care", permission: "READ" }],
  }),
  sampleKey(),
  sampleKey({
    id: 5,
    name: "Pilot, not used yet",
    keyId: "cvk_5kJ4hG3fD2sA1qW0eR9tY8",
    callCount: 0,
    lastUsedAt: null,
    lastUsedAddress: null,
    contactEmail: null,
    createdAt: daysFromNow(-1),
    expiration: midnight("2027-01-15"),
  }),
];

const oddKeys: readonly ApiKey[] = [
  sampleKey({
    id: 33,
    name: "A key with a very long name that somebody made by pasting a whole sentence into the field, and_then_one_word_that_has_no_place_to_break_at_all_however_narrow_the_window_may_be",
    expiration: new Date(now.getTime() + 5 * 3_600_000),
    subnets: [
      "10.0.0.0/8",
      "172.16.0.0/12",
      "192.168.0.0/16",
      "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128",
      "2001:db8::/32",
      "198.51.100.0/25",
    ],
    grants: manyGrants,
    lastUsedAddress: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
  }),
  sampleKey({ id: 32, name: "مفتاح برنامج السكن – المدينة", expiration: midnight("2027-03-01") }),
  sampleKey({ id: 31, name: "🏠🔑 Maison d’été № 5", expiration: midnight("2027-03-01") }),
];

const retiredKeys: readonly ApiKey[] = [
  sampleKey({
    id: 4,
    name: "Old case management",
    state: "retired",
    retiredAt: daysFromNow(-12),
    retiredBy: "li.wei@seattle.example.gov",
    lastUsedAt: daysFromNow(-12),
  }),
];

const expiredKeys: readonly ApiKey[] = [
  sampleKey({
    id: 3,
    name: "Summer pilot",
    state: "expired",
    expiration: midnight("2026-09-01"),
    lastUsedAt: daysFromNow(-90),
  }),
];

const auditEvents: readonly AuditEntry[] = [
  {
    id: 2,
    at: daysFromNow(-12),
    actor: "li.wei@seattle.example.gov",
    action: "api_key.retired",
    address: "198.51.100.200",
    details: { name: "Old case management", keyId: "cvk_4Xr9TqLw2ZpVn8sKd3Yb1A" },
  },
  {
    id: 1,
    at: daysFromNow(-82),
    actor: "maria.gonzalez@seattle.example.gov",
    action: "api_key.created",
    address: null,
    details: {
      subnets: ["203.0.113.0/24"],
      grants: [{ slug: "housing-assistance", permission: "READ" }],
    },
  },
];

const programs = [
  { name: "Child care assistance", slug: "child-care", isPublished: true },
  { name: "Housing assistance", slug: "housing-assistance", isPublished: true },
  { name: "Utility discount program", slug: "utility-discount", isPublished: false },
];

const manyPrograms = Array.from({ length: 40 }, (_, index) => ({
  name: `${programNames[index % programNames.length]} ${index + 1}`,
  slug: slugOf(index),
  isPublished: index % 7 !== 3,
}));

const newForm = {
  programs,
  values: emptyNewApiKey,
  problems: {},
  currentSubnet: "198.51.100.200/32",
  latestExpiration: "2027-11-24",
  asksPassword: false,
  formToken: "7f0c",
};

const list = {
  state: "active" as const,
  counts: { active: 4, retired: 1, expired: 1 },
  apiKeys: activeKeys,
  hasMore: false,
  search: "",
  expiringOnly: false,
  expiringCount: 2,
};

const noKeys = {
  ...list,
  apiKeys: [],
  counts: { active: 0, retired: 0, expired: 0 },
  expiringCount: 0,
};

const credentials = {
  keyId: "cvk_4Xr9TqLw2ZpVn8sKd3Yb1A",
  secret: new Secret("cvs_3nGq8ZtB5vKx1LpW7cRm9YdJ2hFs6TaE4uQo0iNbVkX8wPz1Ly"),
  token: new Secret(
    btoa("cvk_4Xr9TqLw2ZpVn8sKd3Yb1A:cvs_3nGq8ZtB5vKx1LpW7cRm9YdJ2hFs6TaE4uQo0iNbVkX8wPz1Ly"),
  ),
};

/** Every sample page by name. */
export function renderSamples(assets: LayoutAssets): Record<string, string> {
  const page = samplePage(assets);
  const signedOut = { ...page, adminEmail: null, nav: [] };
  return {
    login: loginPage({ page: signedOut, email: "", next: "/admin/apiKeys", problem: null }),
    "login-problem": loginPage({
      page: signedOut,
      email: "maria.gonzalez@seattle.example.gov",
      next: "/admin/apiKeys",
      problem: "The e-mail address or the password is not right.",
    }),
    setup: setupPage({ page: signedOut, token: "t", email: "", problems: {} }),
    "setup-problems": setupPage({
      page: signedOut,
      token: "t",
      email: "maria",
      problems: {
        email: ["E-mail must be an address such as name@example.org."],
        password: ["Password must have 15 characters or more."],
      },
    }),
    "keys-active": apiKeysPage({ page, ...list, hasMore: true }),
    "keys-notice": apiKeysPage({
      page: { ...page, notice: { tone: "success", text: "Retired API key Old case management." } },
      ...list,
      apiKeys: activeKeys.slice(2),
      expiringCount: 0,
    }),
    "keys-odd": apiKeysPage({ page, ...list, apiKeys: oddKeys, expiringCount: 1 }),
    "keys-expiring": apiKeysPage({
      page,
      ...list,
      apiKeys: activeKeys.slice(0, 2),
      expiringOnly: true,
    }),
    "keys-retired": apiKeysPage({ page, ...list, state: "retired", apiKeys: retiredKeys }),
    "keys-expired": apiKeysPage({ page, ...list, state: "expired", apiKeys: expiredKeys }),
    "keys-empty": apiKeysPage({ page, ...noKeys }),
    "keys-retired-empty": apiKeysPage({ page, ...noKeys, state: "retired" }),
    "keys-search-empty": apiKeysPage({
      page,
      ...noKeys,
      search: "summer",
      counts: { active: 0, retired: 2, expired: 1 },
    }),
    "new-key": newApiKeyPage({ page, ...newForm }),
    "new-key-problems": newApiKeyPage({
      page,
      ...newForm,
      asksPassword: true,
      values: {
        ...emptyNewApiKey,
        expiration: "next Tuesday",
        subnet: "10.0.0.0/8, 300.1.1.1/32, office",
        note: "Ticket 4711",
        read: new Set(["child-care"]),
      },
      problems: {
        keyName: ["Key name cannot be blank."],
        expiration: ["Expiration must be in the form YYYY-MM-DD."],
        subnet: [
          "Subnet must be in CIDR notation. This is not: 300.1.1.1/32",
          "Subnet must be in CIDR notation. This is not: office",
        ],
        grants: ["You must select at least one program."],
        currentPassword: ["The password is not right."],
      },
    }),
    "new-key-many-programs": newApiKeyPage({ page, ...newForm, programs: manyPrograms }),
    "new-key-no-programs": newApiKeyPage({ page, ...newForm, programs: [] }),
    credentials: credentialsPage({
      page,
      apiKey: sampleKey(),
      credentials,
      checkAuthUrl: "https://civikey.seattle.example.gov/api/v1/checkAuth",
    }),
    key: apiKeyPage({
      page,
      apiKey: sampleKey({ note: "Ticket 4711.\nAsk Li before retiring it." }),
      auditEvents: auditEvents.slice(1),
    }),
    "key-retired": apiKeyPage({ page, apiKey: retiredKeys[0] ?? sampleKey(), auditEvents }),
    "key-odd": apiKeyPage({ page, apiKey: oddKeys[0] ?? sampleKey(), auditEvents: [] }),
    retire: retireApiKeyPage({ page, apiKey: sampleKey(), asksPassword: false, problems: {} }),
    "retire-password": retireApiKeyPage({
      page,
      apiKey: sampleKey({ lastUsedAt: null, lastUsedAddress: null, callCount: 0 }),
      asksPassword: true,
      problems: { currentPassword: ["The password is not right."] },
    }),
    error: errorPage({
      assets,
      status: 404,
      title: "Not found",
      message: "There is nothing here.",
      requestId: "0f9b7b1e-3a52-4e0e-9d0c-6b2c5f0d7a11",
    }),
  };
}

/** Sample data of every kind: plain, long, from right to left, many, retired. */

import type { AuditEvent } from "../../src/domain/access/audit/list.ts";
import type { ApiKey } from "../../src/domain/access/keys/find.ts";
import { newestFirst } from "../../src/domain/access/keys/order.ts";
import { graces } from "../../src/domain/access/keys/rotate.ts";
import type { SecondFactors } from "../../src/domain/access/people/factors/list.ts";
import { allQuestions } from "../../src/domain/access/questions.ts";
import type { ProgramOffer } from "../../src/domain/programs/grantable.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import type { NewApiKeyValues } from "../../src/views/keys/create.tsx";
import type { LayoutAssets, PageContext } from "../../src/views/parts/layout.tsx";
import type { AskedProof } from "../../src/views/parts/password-fields.tsx";
import { pageOf } from "./page-walk.ts";
import { someCalls } from "./usage-samples.ts";

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
    email: "maria.gonzalez@seattle.example.gov",
    nav: [
      { label: "API keys", href: "/admin/apiKeys" },
      { label: "Programs", href: "/admin/programs" },
      { label: "Applications", href: "/admin/applications" },
      { label: "Refused calls", href: "/admin/refusals" },
      { label: "Audit", href: "/admin/audit" },
      { label: "People", href: "/admin/people" },
      { label: "API docs", href: "/docs/api" },
    ],
    may: () => true,
    notice: null,
    expiringCount: 0,
    secondsLeft: 3600,
    isFragment: false,
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
    renewUntil: null,
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
    grants: [
      { programName: "Housing assistance", slug: "housing-assistance", permission: "READ", questions: allQuestions },
    ],
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
  questions: allQuestions,
}));

/** The grants of a key for all that a city does. */
export const endlessGrants = Array.from({ length: 240 }, (_, index) => ({
  programName: `${programNames[index % programNames.length]} ${index + 1}`,
  slug: slugOf(index),
  permission: "READ" as const,
  questions: allQuestions,
}));

/** Active keys: two that run out soon, a common one, one that was never used. */
export const activeKeys: readonly ApiKey[] = [
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
      {
        programName: "Utility discount program",
        slug: "utility-discount",
        permission: "READ",
        questions: allQuestions,
      },
      {
        programName: "Utility discount program",
        slug: "utility-discount",
        permission: "WRITE",
        questions: allQuestions,
      },
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
    grants: [{ programName: "Child care assistance", slug: "child-care", permission: "READ", questions: allQuestions }],
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

/** A full page of keys. */
export const manyKeys: readonly ApiKey[] = Array.from({ length: 25 }, (_, index) => ({
  ...(activeKeys[index % activeKeys.length] ?? sampleKey()),
  id: 100 - index,
  ...(index % 5 === 4 ? { grants: manyGrants } : {}),
}));

/** Keys whose names, subnets and grants are hard to show. */
export const oddKeys: readonly ApiKey[] = [
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

/** A retired key. */
export const retiredKeys: readonly ApiKey[] = [
  sampleKey({
    id: 4,
    name: "Old case management",
    state: "retired",
    retiredAt: daysFromNow(-12),
    retiredBy: "li.wei@seattle.example.gov",
    lastUsedAt: daysFromNow(-12),
  }),
];

/** An expired key. */
export const expiredKeys: readonly ApiKey[] = [
  sampleKey({
    id: 3,
    name: "Summer pilot",
    state: "expired",
    expiration: midnight("2026-09-01"),
    lastUsedAt: daysFromNow(-90),
  }),
];

/** What happened to the retired key, newest first. */
export const auditEvents: readonly AuditEvent[] = [
  {
    id: 2,
    at: daysFromNow(-12),
    actor: "li.wei@seattle.example.gov",
    action: "api_key.retired",
    address: "198.51.100.200",
    details: { name: "Old case management", keyId: "cvk_4Xr9TqLw2ZpVn8sKd3Yb1A", reason: "Replaced in ticket 4712" },
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

const numbered = (count: number, isPublished = true) =>
  programNames.slice(0, count).map((name, index) => ({
    name: `${name} ${index + 1}`,
    slug: `${slugOf(index)}-of-the-department-of-${index}`,
    isPublished,
  }));

/** So many programs that they are searched for. */
export const manyPrograms: ProgramOffer = {
  chosen: [],
  found: [...programs, ...numbered(8), ...numbered(5, false)].map((program, index) => ({
    ...program,
    slug: `${program.slug}-${index}`,
  })),
  foundCount: 1_208,
  areMany: true,
};

/** A form that nobody has filled in yet. */
export const emptyNewApiKey: NewApiKeyValues = {
  keyName: "",
  expiration: "",
  subnet: "",
  contactEmail: "",
  note: "",
  read: new Set(),
  write: new Set(),
  offeredQuestions: new Map(),
};

/** What is known of a key whose form is empty. */
export const noPreview = {
  readCount: 0,
  questions: [],
  writeCount: 0,
  subnets: [],
  expiration: undefined,
  toConfirm: "",
  isConfirmed: true,
  emailed: ["help@seattle.example.gov"],
  hasWebhook: false,
};

/** The new-key form as it is opened. */
export const newForm = {
  offer: { chosen: [], found: programs, foundCount: programs.length, areMany: false },
  programSearch: "",
  values: emptyNewApiKey,
  problems: {},
  preview: noPreview,
  currentSubnet: "198.51.100.200/32",
  latestExpiration: "2027-11-24",
  proof: null,
  formToken: "7f0c",
};

/** A key that was rotated, and works for another day. */
export const rotatedKey = sampleKey({
  expiration: daysFromNow(1),
  successor: { id: 8, keyId: "cvk_7Qw2Er4Ty6Ui8Op0As1Df3" },
});

/** The form that rotates a key as it is opened. */
export const rotation = {
  apiKey: sampleKey(),
  graces,
  values: { expiration: "", grace: "24h", formToken: "7f0c" },
  problems: {},
  latestExpiration: "2027-11-24",
  proof: null,
};

/** The form that narrows a key as it is opened. */
export const narrowing = {
  apiKey: activeKeys[0] ?? sampleKey(),
  values: {
    ...emptyNewApiKey,
    keyName: "Nightly export to the data warehouse",
    expiration: "2026-11-29",
    subnet: "198.51.100.17/32\n2001:db8:40::/48",
    contactEmail: "integrations@housing.example.org",
    read: new Set(["utility-discount"]),
    write: new Set(["utility-discount"]),
  },
};

/** The list of active keys. */
export const list = {
  state: "active" as const,
  counts: { active: 4, retired: 1, expired: 1 },
  found: pageOf(activeKeys),
  order: newestFirst,
  search: "",
  expiringOnly: false,
  calls: new Map([
    [12, someCalls(30)],
    [11, someCalls(40_000)],
    [7, someCalls(400)],
  ]),
  refused: new Map([[11, 1204]]),
  firstSteps: null,
};

/** The list before the first key is made. */
export const noKeys = {
  ...list,
  found: pageOf([]),
  counts: { active: 0, retired: 0, expired: 0 },
};

/** Credentials that belong to nothing. */
export const credentials = {
  keyId: "cvk_4Xr9TqLw2ZpVn8sKd3Yb1A",
  secret: new Secret("cvs_3nGq8ZtB5vKx1LpW7cRm9YdJ2hFs6TaE4uQo0iNbVkX8wPz1Ly"),
  token: new Secret(btoa("cvk_4Xr9TqLw2ZpVn8sKd3Yb1A:cvs_3nGq8ZtB5vKx1LpW7cRm9YdJ2hFs6TaE4uQo0iNbVkX8wPz1Ly")),
};

/** Somebody with every kind of second factor. */
export const sampleFactors: SecondFactors = {
  passkeys: [
    { id: 2, name: "Security key", createdAt: new Date("2026-11-02T17:00:00Z"), lastUsedAt: null },
    {
      id: 1,
      name: "Work laptop",
      createdAt: new Date("2026-10-01T17:00:00Z"),
      lastUsedAt: new Date("2026-11-20T16:20:00Z"),
    },
  ],
  app: { createdAt: new Date("2026-09-01T17:00:00Z"), lastUsedAt: new Date("2026-11-21T16:20:00Z") },
  recoveryCodes: 8,
};

export const noFactors: SecondFactors = { passkeys: [], app: null, recoveryCodes: 0 };

/** What somebody shows who has only a password, and somebody who has everything. */
export const passwordProof: AskedProof = { hasPassword: true, code: null, hasPasskey: false, provider: null };
export const wholeProof: AskedProof = { hasPassword: true, code: "app", hasPasskey: true, provider: null };
export const signOnProof: AskedProof = { ...passwordProof, hasPassword: false, provider: "City of Seattle" };

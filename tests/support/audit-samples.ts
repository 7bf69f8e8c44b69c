/** Audit events and sessions as sample data. */

import type { AuditLine } from "../../src/domain/access/audit/list.ts";
import type { OwnSession } from "../../src/domain/access/people/account.ts";

const newest = Date.parse("2026-11-23T18:12:40Z");
const housing = { id: 7, name: "Housing back end", keyId: "cvk_4Xr9TqLw2ZpVn8sKd3Yb1A" };
const program = { slug: "housing-assistance", name: "Housing assistance" };
const admin = "maria.gonzalez@seattle.example.gov";

/** One event; what is not given is a key that somebody retired. */
export function sampleAuditLine(given: Partial<AuditLine> = {}): AuditLine {
  return {
    id: 90,
    at: new Date(newest),
    actor: admin,
    action: "api_key.retired",
    address: "198.51.100.200",
    details: { name: housing.name, keyId: housing.keyId },
    apiKey: housing,
    program: null,
    ...given,
  };
}

const noKey = { apiKey: null } as const;

const anything: readonly Partial<AuditLine>[] = [
  {},
  {
    action: "api_key.narrowed",
    details: {
      name: "Housing",
      keyId: housing.keyId,
      before: {
        name: "Housing",
        expiration: "2027-11-01T07:00:00.000Z",
        subnets: ["203.0.113.0/24", "2001:db8::/32"],
        contactEmail: null,
      },
      after: {
        name: "Housing back end",
        expiration: "2027-09-01T07:00:00.000Z",
        subnets: ["203.0.113.0/24"],
        contactEmail: "integrations@housing.example.org",
      },
    },
  },
  {
    action: "api_key.rotated",
    actor: "li.wei@seattle.example.gov",
    address: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    apiKey: { id: 32, name: "مفتاح برنامج السكن – المدينة", keyId: "cvk_0aB7cD2eF4gH6iJ8kL1mN3" },
    details: { keyId: "cvk_0aB7cD2eF4gH6iJ8kL1mN3", rotatedTo: housing.keyId, grace: "24h" },
  },
  {
    action: "api_key.created",
    details: {
      name: housing.name,
      keyId: housing.keyId,
      expiration: "2027-11-01T07:00:00.000Z",
      subnets: ["203.0.113.0/24", "2001:db8::/32"],
      grants: [{ slug: "housing-assistance", permission: "READ" }],
    },
  },
  {
    action: "applications.imported",
    actor: "operator (CLI)",
    address: null,
    ...noKey,
    program,
    details: { source: "applications.ndjson", read: 1204, inserted: 1200, updated: 4 },
  },
  { action: "program.published", ...noKey, program, details: { version: 2610, replaced: null } },
  { action: "admin.signed_in", ...noKey, details: {} },
  {
    action: "admin.sign_in_failed",
    actor: "unknown account 9f86d081884c7d65",
    ...noKey,
    details: { reason: "unknown account" },
  },
  { action: "admin.signed_out_everywhere", ...noKey, details: { sessions: 3 } },
  { action: "admin.password_set", ...noKey, details: { email: admin } },
  {
    action: "admin.created",
    actor: "setup link",
    ...noKey,
    details: { email: admin },
  },
  { action: "api_key.borrowed", details: {} },
];

/** Events of all kinds, newest first. */
export const sampleAuditLines: readonly AuditLine[] = anything.map((given, index) =>
  sampleAuditLine({ id: 90 - index, at: new Date(newest - index * 5_000_000), ...given }),
);

/** The filters when nothing is filled in. */
export const noAuditQuery = { who: "", what: "", key: "", from: "", until: "" };

/** Signed-in browsers, this one first. */
export const sampleSessions: readonly OwnSession[] = [
  {
    id: 3,
    startedAt: new Date(newest),
    lastSeenAt: new Date(newest + 900_000),
    address: "198.51.100.200",
    userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    isCurrent: true,
  },
  {
    id: 2,
    startedAt: new Date(newest - 20_000_000),
    lastSeenAt: new Date(newest - 1_800_000),
    address: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    userAgent:
      "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    isCurrent: false,
  },
  {
    id: 1,
    startedAt: new Date(newest - 30_000_000),
    lastSeenAt: new Date(newest - 3_000_000),
    address: null,
    userAgent: null,
    isCurrent: false,
  },
];

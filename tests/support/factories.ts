/** Makes what tests need, through the domain, with defaults that a test overrides by name. */
import { adminRoles, admins, programs } from "../../src/db/schema.ts";
import { recordAuditEvent } from "../../src/domain/access/audit/record.ts";
import type { SaltRing } from "../../src/domain/access/credentials.ts";
import type { Permission } from "../../src/domain/access/grants.ts";
import { createApiKey, type NewApiKeyForm } from "../../src/domain/access/keys/create.ts";
import type { ApiKey } from "../../src/domain/access/keys/find.ts";
import { getPerson } from "../../src/domain/access/people/find.ts";
import { type Permitted, permitAll, type Right } from "../../src/domain/access/people/roles.ts";
import { startSession } from "../../src/domain/access/people/sessions.ts";
import type { NewRole } from "../../src/domain/access/people/set-roles.ts";
import { importApplications } from "../../src/domain/applications/imports/import.ts";

import { importProgram } from "../../src/domain/programs/import.ts";
import { createTokenCookie } from "../../src/http/page-guard/session-cookie.ts";

import { addDays, localDate } from "../../src/lib/time/times.ts";
import { noon, salts, type TestApp, zone } from "./app.ts";
import { leakHunt } from "./leak-hunt.ts";

/** An admin. */
export const actor: Permitted<Right> = { ...permitAll("ada@example.org"), address: "203.0.113.9" };
export const password = "a quiet walk by the river";
leakHunt.expectNowhere("an admin's password", password);

/** CiviForm's export of a program with the given text questions. */
export function programExport(options: {
  id?: number;
  adminName?: string;
  name?: string;
  questions?: readonly string[];
  programType?: string;
}): string {
  const names = options.questions ?? ["applicant name"];
  const adminName = options.adminName ?? "snow-removal";
  const text = (value: string) => ({ translations: { en_US: value }, isRequired: true });
  return JSON.stringify({
    program: {
      id: options.id ?? 1,
      adminName,
      localizedName: text(options.name ?? adminName),
      programType: options.programType ?? "DEFAULT",
      blockDefinitions: [
        {
          id: 1,
          name: "Screen 1",
          questionDefinitions: names.map((_, index) => ({ id: index + 1 })),
        },
      ],
    },
    questions: names.map((name, index) => ({
      type: "text",
      config: { id: index + 1, name, questionText: text(name) },
    })),
    duplicateQuestionHandlingOptions: {},
  });
}

/** A published program. */
export async function makeProgram(
  { database }: Pick<TestApp, "database">,
  options: Parameters<typeof programExport>[0] & { publish?: boolean } = {},
): Promise<{ slug: string }> {
  const { slug } = await importProgram(database.db, {
    text: programExport(options),
    publish: options.publish ?? true,
    actor,
    now: noon,
  });
  return { slug };
}

/** Admin names, and what CiviForm makes of them; other rules would make something else. */
export const civiFormSlugs = [
  ["2024 Rent Help", "2024-rent-help"],
  ["rent_help_2024", "rent_help_2024"],
  ["_draft_", "_draft_"],
  ["Preschool Aid Program (DEPT)", "preschool-aid-program-dept"],
  ["Asistencia a Niños", "asistencia-a-ninos"],
  ["7", "7"],
] as const;

/** A key that works from the test's address for thirty days. */
export async function makeKey(
  { database }: Pick<TestApp, "database">,
  options: Partial<Omit<NewApiKeyForm, "grants">> & {
    slug?: string;
    permission?: Permission;
    grants?: NewApiKeyForm["grants"];
    bansGlobalSubnet?: boolean;
    ring?: SaltRing;
    now?: Date;
    /** The e-mail of who makes it. */
    by?: string;
  } = {},
): Promise<{ apiKey: ApiKey; keyId: string; secret: string; token: string }> {
  const { slug = "snow-removal", permission = "READ", now = noon, by = actor.name, ...more } = options;
  const { bansGlobalSubnet = true, ring = salts, ...form } = more;
  const { apiKey, credentials } = await createApiKey(database.db, {
    form: {
      keyName: "Case management",
      expiration: "2026-02-14",
      subnet: "203.0.113.0/24",
      contactEmail: "",
      note: "",
      grants: [{ slug, permission }],
      formToken: "",
      ...form,
    },
    rules: { zone, lifetimeDaysMax: 0, bansGlobalSubnet },
    salts: ring,
    actor: permitAll(by),
    now,
  });
  leakHunt.expectNowhere("a key's secret", credentials.secret.reveal());
  leakHunt.expectNowhere("a key's token", credentials.token.reveal());
  return {
    apiKey,
    keyId: credentials.keyId,
    secret: credentials.secret.reveal(),
    token: credentials.token.reveal(),
  };
}

/** A key with every field filled in, two subnets, and three grants on two programs, which a test can take away. */
export const makeWideKey = (place: Pick<TestApp, "database">, questions: NewApiKeyForm["questions"] = []) =>
  makeKey(place, {
    questions,
    note: "Ticket 4711",
    contactEmail: "ops@example.org",
    renewUntil: "2026-06-30",
    subnet: "203.0.113.0/24, 198.51.100.0/24",
    grants: [
      { slug: "food-vouchers", permission: "READ" },
      { slug: "snow-removal", permission: "READ" },
      { slug: "snow-removal", permission: "WRITE" },
    ],
  });

/** A key for calls to a server in a process of its own: from this machine, by the real clock. */
export function makeLocalKey(
  place: Pick<TestApp, "database">,
  options: { slug?: string; permission?: Permission; questions?: NonNullable<NewApiKeyForm["questions"]> } = {},
) {
  const now = new Date();
  const expiration = addDays(localDate(now, zone), 30);
  return makeKey(place, { now, expiration, subnet: "127.0.0.0/8", ...options });
}

/** Of `password`. */
export const passwordHash = Bun.password.hash(password);

/** An admin who can sign in with `password`, as `createAdmin` makes one. */
export async function makeAdmin(place: Pick<TestApp, "database">, email = "ada@example.org") {
  const { db } = place.database;
  await makePerson(place, { email, roles: [{ role: "admin" }] });
  await recordAuditEvent(db, { actor, now: noon }, "admin.created", { email });
  return { email };
}

/** A person who can sign in with `password` and has these roles. Leaves no trace in the audit trail. */
export async function makePerson(
  { database: { db } }: Pick<TestApp, "database">,
  person: { email: string; roles: readonly NewRole[]; isDisabled?: boolean },
): Promise<{ id: number; email: string }> {
  const { email, roles, isDisabled = false } = person;
  const values = { email, passwordHash: await passwordHash, createdAt: noon, disabledAt: isDisabled ? noon : null };
  const [made] = await db.insert(admins).values(values).returning({ id: admins.id });
  if (made === undefined) throw new Error("a person who was not stored");
  const slugs = await db.select({ id: programs.id, slug: programs.slug }).from(programs);
  for (const { role, programSlug } of roles) {
    const programId = slugs.find(({ slug }) => slug === programSlug)?.id ?? null;
    await db.insert(adminRoles).values({ adminId: made.id, role, programId, givenBy: "person" });
  }
  return { id: made.id, email };
}

/** The headers of a form sent from our own page. */
export const ownForm = {
  "content-type": "application/x-www-form-urlencoded",
  "sec-fetch-site": "same-origin",
} as const;

/** Signs a person in without the form; the session cookie. */
export async function signIn(
  { database, now, peer }: Pick<TestApp, "database" | "now" | "peer">,
  email = "ada@example.org",
): Promise<string> {
  const person = await getPerson(database.db, { email });
  const token = await startSession(database.db, {
    adminId: person.id,
    method: "password",
    address: peer ?? null,
    userAgent: null,
    policy: { idleMinutes: 60, absoluteHours: 12, reauthenticateMinutes: 15 },
    now,
  });
  leakHunt.expectNowhere("a session's token", token.reveal());
  const cookie = createTokenCookie({ isHttps: () => false }).write(token);
  return cookie.slice(0, cookie.indexOf(";"));
}

/** One record of a CiviForm list answer; `number` makes it unlike the others. */
export function applicationRecord(number: number, more: Record<string, unknown> = {}) {
  return {
    applicant_id: 1000 + number,
    application_id: number,
    create_time: "2025-11-03T10:00:00-08:00",
    submit_time: "2025-11-03T10:30:00-08:00",
    language: "en-US",
    program_name: "snow-removal",
    program_version_id: 1,
    revision_state: "CURRENT",
    submitter_type: "APPLICANT",
    application: { applicant_name: { question_type: "TEXT", text: `Taylor ${number}` } },
    ...more,
  };
}

/** A text as a source of bytes. */
export async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** Imports records into a program, as an operator would. */
export function importRecords({ database }: TestApp, records: readonly unknown[], slug = "snow-removal") {
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  return importApplications(database.db, {
    slug,
    source: bytesOf(text),
    name: "test",
    skipInvalid: false,
    actor,
    now: noon,
  });
}

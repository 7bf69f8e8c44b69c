/** The demo's API keys, with a month of traffic: what a small agency's keys look like. */
import type { Database } from "../db/client.ts";
import {
  apiKeyAddressCalls,
  apiKeyDailyCalls,
  apiKeyDailyRefusals,
  apiKeyProgramCalls,
  apiKeyUsage,
  refusals,
} from "../db/schema.ts";
import type { RefusalReason } from "../domain/access/authentication.ts";
import type { SaltRing } from "../domain/access/credentials.ts";
import type { Permission } from "../domain/access/grants.ts";
import { createApiKey } from "../domain/access/keys/create.ts";
import type { ApiKey } from "../domain/access/keys/find.ts";
import { retireApiKey } from "../domain/access/keys/retire.ts";
import { rotateApiKey } from "../domain/access/keys/rotate.ts";
import type { Permitted, Right } from "../domain/access/people/roles.ts";
import { listPrograms } from "../domain/programs/find.ts";
import { addDays, localDate } from "../lib/time/times.ts";

const dayMs = 86_400_000;
const trafficDays = 30;

/** A key, and how it is called. Days are counted from today. */
interface DemoKey {
  readonly name: string;
  readonly note: string;
  readonly madeDay: number;
  readonly expiresDay: number;
  readonly grants: readonly (readonly [slug: string, permission: Permission])[];
  /** Usual calls on a day, from the first of the addresses; fewer on weekends. */
  readonly callsADay?: number;
  readonly addresses?: readonly string[];
  readonly lastCallDay?: number;
  readonly refused?: readonly (readonly [reason: RefusalReason, address: string, callsADay: number, days: number])[];
  readonly later?: "rotate" | "retire";
}

const office = "10.20.0.0/16";
const keys: readonly DemoKey[] = [
  {
    ...{ name: "Case management", note: "Reads new applications, and writes back their statuses.", madeDay: -160 },
    ...{ expiresDay: 200, callsADay: 420, addresses: ["10.20.4.11", "10.20.4.12"] },
    grants: [
      ["utility-discount", "READ"],
      ["utility-discount", "WRITE"],
    ],
    refused: [["outside_subnet", "198.51.100.77", 14, 2]],
  },
  {
    ...{ name: "Data warehouse", note: "Nightly copy of everything.", madeDay: -90, expiresDay: 95 },
    ...{ callsADay: 96, addresses: ["10.20.9.30"] },
    grants: [
      ["utility-discount", "READ"],
      ["child-care", "READ"],
      ["transit-pass", "READ"],
    ],
  },
  {
    ...{ name: "Benefits screener", note: "Expires tomorrow: ask Li for the new one.", madeDay: -89, expiresDay: 1 },
    ...{ callsADay: 60, addresses: ["10.20.7.5"], grants: [["child-care", "READ"]] },
    refused: [["no_grant", "10.20.7.5", 3, 6]],
  },
  {
    ...{ name: "Call center dashboard", note: "Shows today’s applications.", madeDay: -200, expiresDay: 12 },
    ...{ callsADay: 210, addresses: ["10.20.5.20", "10.20.5.21"], grants: [["utility-discount", "READ"]] },
    later: "rotate",
  },
  {
    ...{ name: "Transit pass pilot", note: "For the pilot in spring.", madeDay: -45, expiresDay: 60 },
    grants: [["transit-pass", "READ"]],
  },
  {
    ...{ name: "Community fair booth", note: "Only for the fair.", madeDay: -60, expiresDay: -5, callsADay: 35 },
    ...{ addresses: ["10.20.30.8"], lastCallDay: -6, grants: [["child-care", "READ"]] },
    refused: [["expired", "10.20.30.8", 24, 5]],
  },
  {
    ...{ name: "Old reporting script", note: "Replaced by the data warehouse.", madeDay: -300, expiresDay: 30 },
    ...{ callsADay: 12, addresses: ["10.20.9.2"], lastCallDay: -16, grants: [["utility-discount", "READ"]] },
    later: "retire",
  },
];

/** Makes the keys (eight with the successor of the rotated one), their traffic of thirty days, and refused calls. */
export async function seedDemoKeys(
  db: Database,
  { salts, zone, actor, now }: { salts: SaltRing; zone: string; actor: Permitted<Right>; now: Date },
): Promise<void> {
  const rules = { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true };
  const today = localDate(now, zone);
  const programIds = new Map((await listPrograms(db)).map(({ slug, id }) => [slug, id]));
  const atDay = (day: number) => new Date(now.getTime() + day * dayMs);
  const refused: (typeof refusals.$inferInsert)[] = [];
  const ends: (() => Promise<unknown>)[] = [];
  for (const [index, key] of keys.toSorted((one, other) => one.madeDay - other.madeDay).entries()) {
    const { apiKey } = await createApiKey(db, {
      form: {
        keyName: key.name,
        expiration: addDays(today, key.expiresDay),
        subnet: office,
        contactEmail: "systems@example.org",
        note: key.note,
        grants: key.grants.map(([slug, permission]) => ({ slug, permission })),
        formToken: "",
      },
      ...{ rules, salts, actor, now: atDay(key.madeDay) },
    });
    await addTraffic(db, { apiKey, key, today, now, programIds, salt: index });
    refused.push(...(await addRefusals(db, { apiKey, key, today, now, programIds })));
    if (key.later === "retire") {
      ends.push(() => retireApiKey(db, { id: apiKey.id, reason: key.note, actor, now: atDay(-15) }));
    }
    if (key.later === "rotate") {
      const form = { expiration: addDays(today, 90), grace: "7d" };
      ends.push(() => rotateApiKey(db, { id: apiKey.id, form, rules, salts, actor, now: atDay(-2) }));
    }
  }
  for (const end of ends) await end();
  // In the order of time, as they come in: the newest row is the newest call.
  await db.insert(refusals).values(refused.toSorted((one, other) => one.minute.getTime() - other.minute.getTime()));
}

/** What is added to one key. */
interface Place {
  readonly apiKey: ApiKey;
  readonly key: DemoKey;
  readonly today: string;
  readonly now: Date;
}

/** The same numbers in every demo, but no two days alike. */
async function addTraffic(
  db: Database,
  { apiKey, key, today, now, programIds, salt }: Place & { programIds: ReadonlyMap<string, number>; salt: number },
): Promise<void> {
  const { callsADay = 0, addresses = [], lastCallDay = 0 } = key;
  if (callsADay === 0) return;
  const days = Array.from({ length: trafficDays + lastCallDay }, (_, index) => {
    const daysAgo = index - lastCallDay;
    const day = addDays(today, -daysAgo);
    const isWeekend = [0, 6].includes(new Date(`${day}T12:00:00Z`).getUTCDay());
    const callCount = Math.ceil((callsADay * (80 + ((index * 37 + salt * 11) % 41))) / (isWeekend ? 900 : 100));
    return { apiKeyId: apiKey.id, day, callCount, at: new Date(now.getTime() - daysAgo * dayMs - 600_000) };
  });
  const [latest] = days;
  await db.insert(apiKeyDailyCalls).values(days);
  await db.insert(apiKeyUsage).values({
    apiKeyId: apiKey.id,
    callCount: days.reduce((sum, { callCount }) => sum + callCount, 0),
    lastUsedAt: latest?.at ?? null,
    lastUsedAddress: addresses[0] ?? null,
  });
  const share = (count: number, index: number, parts: number) => Math.floor((count + index) / parts);
  await db.insert(apiKeyProgramCalls).values(
    key.grants.flatMap(([slug, permission], index) => {
      const programId = programIds.get(slug) ?? 0;
      return days.map((day) => ({
        ...{ ...day, programId, permission },
        callCount: share(day.callCount, index, key.grants.length),
      }));
    }),
  );
  await db.insert(apiKeyAddressCalls).values(
    addresses.flatMap((address, index) =>
      days.map(({ at, ...day }) => ({
        ...{ ...day, address, callCount: share(day.callCount, index, addresses.length) },
        ...{ firstAt: new Date(at.getTime() - 6 * 3_600_000), lastAt: at },
      })),
    ),
  );
}

/** Adds a key's refused calls to its days, and returns them one by one. */
async function addRefusals(
  db: Database,
  { apiKey, key, today, now, programIds }: Place & { programIds: ReadonlyMap<string, number> },
): Promise<(typeof refusals.$inferInsert)[]> {
  const rows = (key.refused ?? []).flatMap(([reason, address, callCount, days]) =>
    Array.from({ length: days }, (_, daysAgo) => {
      const lastAt = new Date(Math.floor(now.getTime() / 60_000) * 60_000 - daysAgo * dayMs - 1_200_000);
      const slug = reason === "no_grant" ? "utility-discount" : (key.grants[0]?.[0] ?? "");
      return {
        ...{ apiKeyId: apiKey.id, reason, callCount, day: addDays(today, -daysAgo), minute: lastAt, lastAt, address },
        ...{ route: "/api/v1/admin/programs/:programSlug/applications", programId: programIds.get(slug) ?? null },
        lastRequestId: crypto.randomUUID(),
      };
    }),
  );
  if (rows.length > 0) await db.insert(apiKeyDailyRefusals).values(rows);
  return rows;
}

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { deleteOldRows } from "../../src/db/cleanup.ts";
import { eraseApplications } from "../../src/domain/applications/erasure/erase.ts";
import { getProgramBySlug } from "../../src/domain/programs/find.ts";
import { setKeepDays } from "../../src/domain/programs/keeping.ts";
import { addDays, localDate, startOfDay } from "../../src/lib/time/times.ts";
import { scheduleCleanup } from "../../src/server/cleanup.ts";
import { noon, startTestApp, type TestApp, zone } from "../support/app.ts";
import { actor, applicationRecord, importRecords, makeAdmin, makeKey, makeProgram } from "../support/factories.ts";
import { scrape } from "../support/metrics.ts";

let app: TestApp;
let machineNow = new Date();
let keyId: number;
const daysAhead = (days: number) => new Date(Date.now() + days * 86_400_000);
const run = (text: string) => app.database.client.unsafe<Record<string, unknown>[]>(text);

beforeAll(async () => {
  app = await startTestApp({ machineNow: () => machineNow });
  await makeAdmin(app);
  await makeProgram(app);
  keyId = (await makeKey(app)).apiKey.id;
});
beforeEach(() => {
  machineNow = new Date();
});
afterAll(() => app.close());

/** Refusals, one for each of the last minutes before a time that is so long ago. */
const addRefusals = (ago: string, minutes = 1, more = "1") =>
  run(`insert into refusals (minute, reason, api_key_id, address, route, call_count, last_at, last_request_id, recorded_at)
    select date_trunc('day', now() - interval '${ago}', '${zone}') + n * interval '1 minute', 'expired', ${keyId},
      '192.0.2.${more}', 'none', 2, date_trunc('day', now() - interval '${ago}', '${zone}') + n * interval '1 minute', 'call ' || n,
      now() - interval '${ago}'
    from generate_series(1, ${minutes}) n`);
/** One row too old, and one that is not, of everything that is deleted by its age. */
async function addOldAndNew(): Promise<void> {
  await run("truncate refusals, sessions, setup_links, sign_in_attempts, idempotent_submissions");
  await run(`
    insert into sessions (token_digest, admin_id, created_at, authenticated_at, last_seen_at, expires_at)
      select n::text, (select min(id) from admins), now() - interval '3 days', now(), now(), now() + n * interval '25 hours'
      from (values (-1), (1)) v(n);
    insert into setup_links (token_digest, created_at, expires_at)
      select n::text, now(), now() + n * interval '1 hour' from (values (-1), (1)) v(n);
    insert into sign_in_attempts (account, network, at)
      select 'a', 'n', now() - n * interval '1 minute' from (values (1), (16)) v(n)`);
  await addRefusals("92 days");
  await addRefusals("88 days");
}
const counts = async () => {
  const [row] = await run(`select (select count(*) from sessions)::int as sessions,
    (select count(*) from setup_links)::int as links,
    (select count(*) from sign_in_attempts)::int as attempts,
    (select count(*) from refusals)::int as refusals`);
  return row;
};
const both = { sessions: 2, links: 2, attempts: 2, refusals: 2 };
const erasures: { slug: string; count: number }[] = [];
const cleanUp = async () => {
  const errors: unknown[] = [];
  const schedule = scheduleCleanup({
    ...{ db: app.database.db, zone, now: () => new Date() },
    reportErased: (erased) => erasures.push(erased),
    isClockRight: async () => (await app.request("/readyz")).status === 200,
    reportFailure: (error) => errors.push(error),
  });
  await schedule.run();
  await schedule.close();
  expect(errors).toEqual([]);
};

describe("what is old", () => {
  test("is deleted by PostgreSQL's clock, and nothing else is", async () => {
    await addOldAndNew();
    await cleanUp();
    expect(await counts()).toEqual({ sessions: 1, links: 1, attempts: 1, refusals: 1 });
  });

  test.each([300, -300])("stays on a server whose clock is %p days off, which says so", async (days) => {
    await addOldAndNew();
    machineNow = daysAhead(days);
    app.logLines.length = 0;
    await cleanUp();
    expect(await counts()).toEqual(both);
    const ready = await app.request("/readyz");
    expect([ready.status, await ready.json()]).toEqual([503, { status: "failing", check: "clock" }]);
    const difference = (await scrape(app.app)).find(({ name }) => name === "civikey_clock_difference_seconds");
    expect(Math.abs((difference?.value ?? 0) / 86_400 - days)).toBeLessThan(1);
    machineNow = new Date();
    await cleanUp();
    expect((await app.request("/readyz")).status).toBe(200);
    const lines = app.logLines.filter(({ clockSeconds }) => clockSeconds !== undefined);
    expect(lines.map(({ msg }) => msg)).toEqual([
      "this clock is wrong; nothing old is deleted, and no alert is sent",
      "this clock agrees with the database's again",
    ]);
    expect(await counts()).toEqual({ sessions: 1, links: 1, attempts: 1, refusals: 1 });
  });

  test("is compared within a minute", async () => {
    machineNow = new Date(Date.now() + 50_000);
    expect((await app.request("/readyz")).status).toBe(200);
    machineNow = new Date(Date.now() - 75_000);
    expect((await app.request("/readyz")).status).toBe(503);
  });
});

test("refusals that a server with a wrong clock writes are kept for 90 days, whatever time they have", async () => {
  await run("truncate refusals");
  for (const ago of ["92 days", "400 days", "-300 days"]) await addRefusals(ago);
  await run("update refusals set recorded_at = now()");
  await deleteOldRows(app.database.client, { zone });
  expect(await run("select from refusals")).toHaveLength(3);
  await run("update refusals set recorded_at = now() - interval '91 days'");
  await deleteOldRows(app.database.client, { zone });
  expect(await run("select from refusals")).toHaveLength(0);
});

test("of refusals without a key the newest are kept, so that a flood ends; those of keys are not counted", async () => {
  await run("truncate refusals");
  await addRefusals("0 days", 10);
  await run("update refusals set api_key_id = null, fingerprint = 'unknown'");
  await addRefusals("0 days", 3, "2");
  await deleteOldRows(app.database.client, { zone, keylessRefusalsMax: 4 });
  const rows = await run("select last_request_id as last from refusals where api_key_id is null order by id");
  expect(rows.map(({ last }) => last)).toEqual([7, 8, 9, 10].map((n) => `call ${n}`));
  expect(await run("select from refusals where api_key_id is not null")).toHaveLength(3);
});

test("counts per key and day are kept for 400 days", async () => {
  await run("truncate api_key_daily_calls, api_key_daily_refusals");
  await run(`
    insert into api_key_daily_calls select ${keyId}, current_date - n, 1 from (values (0), (399), (402)) v(n);
    insert into api_key_daily_refusals select ${keyId}, current_date - n, 'expired', 1 from (values (0), (399), (402)) v(n)`);
  await deleteOldRows(app.database.client, { zone });
  const [left] = await run(`select (select count(*)::int from api_key_daily_calls) as calls,
    (select count(*)::int from api_key_daily_refusals) as refusals`);
  expect(left).toEqual({ calls: 2, refusals: 2 });
});

test("calls are counted by address for 90 days; of a day that is over, the 100 busiest addresses stay by themselves", async () => {
  await run("truncate api_key_address_calls");
  await run(`insert into api_key_address_calls
    select ${keyId}, current_date - n, '192.0.2.1', 1, now() - interval '99 days', now() from (values (0), (89), (92)) v(n);
    insert into api_key_address_calls
    select ${keyId}, current_date - n, '10.0.0.0'::inet + calls, calls, now() - calls * interval '1 second', now()
    from (values (0), (3)) v(n), generate_series(1, 130) calls`);
  for (let round = 0; round < 2; round += 1) {
    await Promise.all([1, 2].map(() => deleteOldRows(app.database.client, { zone })));
    const rows = await run(`select current_date - day as ago, count(*)::int as addresses, sum(call_count)::int as calls,
      min(host(address)) filter (where address <<= '10.0.0.0/8') as least,
      sum(call_count) filter (where address = '0.0.0.0/0')::int as others
      from api_key_address_calls group by day order by day`);
    const sum = (130 * 131) / 2;
    expect([...rows]).toEqual([
      { ago: 89, addresses: 1, calls: 1, least: null, others: null },
      { ago: 3, addresses: 101, calls: sum, least: "10.0.0.100", others: (30 * 31) / 2 },
      { ago: 0, addresses: 131, calls: sum + 1, least: "10.0.0.1", others: null },
    ]);
    // More of the same, such as from a server that had not reached the database.
    await run(`update api_key_address_calls set call_count = call_count where day = current_date - 3`);
  }
});

test("identical refusals of a day become one, the newest, once the day after it is over", async () => {
  await run("truncate refusals");
  await addRefusals("3 days", 700);
  await addRefusals("3 days", 5, "2");
  await addRefusals("4 days", 3);
  await addRefusals("0 days", 4);
  await Promise.all([1, 2].map(() => deleteOldRows(app.database.client, { zone })));
  const rows = await run(`select host(address) as address, call_count::int as calls, last_request_id as last
    from refusals order by minute, address`);
  expect([...rows]).toEqual([
    { address: "192.0.2.1", calls: 6, last: "call 3" },
    { address: "192.0.2.2", calls: 10, last: "call 5" },
    { address: "192.0.2.1", calls: 1400, last: "call 700" },
    ...[1, 2, 3, 4].map((n) => ({ address: "192.0.2.1", calls: 2, last: `call ${n}` })),
  ]);
});

test("changes that later ones have replaced are deleted, and no reader of modifiedSince notices; Idempotency-Keys are kept for a day", async () => {
  const { token } = await makeKey(app);
  const path = "/api/v1/admin/programs/snow-removal/applications?modifiedSince=2000-01-01T00:00:00Z";
  for (let round = 0; round < 6; round += 1) {
    const records = [1, 2, 3]
      .slice(0, 1 + (round % 3))
      .map((number) => applicationRecord(number, { status: `Round ${round}` }));
    await importRecords(app, records);
  }
  await run("update modifications set at = at - interval '2 days'");
  await run(`insert into idempotent_submissions
    (api_key_id, program_id, idempotency_key, body_digest, application_id, answer, created_at)
    select ${keyId}, program_id, n::text, '', application_id, '{}', now() - n * interval '1 hour'
    from applications cross join (values (23), (25)) v(n) where application_id = 1`);
  const read = async () => JSON.parse(await (await app.call(path, token)).text());
  const before = await read();
  expect(before.payload).toHaveLength(3);
  await deleteOldRows(app.database.client, { zone });
  expect(await read()).toEqual(before);
  const [row] = await run(`select count(*)::int as kept,
    (select count(distinct modification_id)::int from applications) as needed from modifications`);
  expect(row?.kept).toBe(row?.needed);
  const keys = await run("select idempotency_key from idempotent_submissions");
  expect(keys.map((key) => key.idempotency_key)).toEqual(["23"]);
});

describe("applications that their program keeps for some days", () => {
  const keep = (keepDays: number | null) =>
    setKeepDays(app.database.db, { slug: "snow-removal", keepDays, actor, now: noon });
  const kept = async () => {
    const rows = await run("select application_id::int as id from applications order by 1");
    return rows.map(({ id }) => id);
  };
  /** Applications 11, 12 and 13, of the first moment that is still kept, of the second before, and much older. */
  const addOld = async (keepDays: number) => {
    const today = localDate(new Date(), zone);
    const start = startOfDay(addDays(today, -keepDays), zone) ?? new Date(0);
    const ages = [0, -1, -400 * 86_400].map((seconds) => new Date(start.getTime() + seconds * 1000).toISOString());
    await importRecords(
      app,
      ages.map((at, index) => applicationRecord(11 + index, { submit_time: at })),
    );
  };

  beforeAll(async () => {
    const program = await getProgramBySlug(app.database.db, "snow-removal");
    const choice = { applicationIds: (await kept()).map(String) };
    await eraseApplications(app.database.db, { program, choice, reason: "", actor, now: noon });
  });

  test("are erased after as many full days of the zone, once, by one of several servers; nothing is before that", async () => {
    await addOld(30);
    await cleanUp();
    expect(await kept()).toEqual([11, 12, 13]);
    await keep(30);
    machineNow = daysAhead(300);
    await cleanUp();
    expect(await kept()).toEqual([11, 12, 13]);
    machineNow = new Date();
    await Promise.all([cleanUp(), cleanUp()]);
    expect(await kept()).toEqual([11]);
    expect(erasures).toEqual([{ slug: "snow-removal", count: 2 }]);
    const events = await run(`select actor, action, details from audit_events
      where action in ('applications.erased', 'program.keeping_set') order by id desc limit 2`);
    expect([...events]).toEqual([
      {
        ...{ actor: "server", action: "applications.erased" },
        details: { count: 2, reason: "Kept for 30 days after submission", applicationIds: ["12", "13"] },
      },
      {
        ...{ actor: "ada@example.org", action: "program.keeping_set" },
        details: { before: { keepDays: null }, after: { keepDays: 30 } },
      },
    ]);
    const count = (await scrape(app.app)).find(({ name }) => name === "civikey_erased_applications_total");
    expect(count).toMatchObject({ labels: { program: "snow-removal" }, value: 5 });
    await keep(null);
  });

  test("are left to another server that has the program", async () => {
    await importRecords(app, [applicationRecord(21, { submit_time: "2020-01-01T00:00:00Z" })]);
    await keep(30);
    await app.database.client.begin(async (sql) => {
      await sql`select from programs for no key update`;
      await cleanUp();
      expect(await kept()).toEqual([11, 21]);
    });
    await cleanUp();
    expect(await kept()).toEqual([11]);
  });
});

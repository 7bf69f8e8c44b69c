import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readConfig } from "../../src/config/variables.ts";
import { connect } from "../../src/db/client.ts";
import type { SyncOutcome } from "../../src/domain/civiform/sync/run.ts";
import { readSyncPlan } from "../../src/instance/sync-plan.ts";
import { readTrace, type Trace } from "../../src/lib/net/trace-context.ts";
import type { Schedule } from "../../src/server/schedule.ts";
import { scheduleSyncs } from "../../src/server/sync.ts";
import { noAssets, noon, startTestApp, type TestApp } from "../support/app.ts";
import { makeProgram } from "../support/factories.ts";
import { type FakeCiviForm, startFakeCiviForm } from "../support/fake-civiform.ts";
import { listAll } from "../support/listing.ts";

const minuteMs = 60_000;
let app: TestApp;
let fake: FakeCiviForm;
let now: Date;
let reports: { slug: string; outcome: SyncOutcome; trace: Trace }[];
let failures: { slug: string; error: unknown }[];
const open: Schedule[] = [];

let programCount = 0;
/** Each test has a program of its own. */
let slug: string;

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
});
afterAll(() => app.close());

beforeEach(async () => {
  programCount += 1;
  ({ slug } = await makeProgram(app, { id: programCount, adminName: `program-${programCount}` }));
  fake = startFakeCiviForm(30, slug);
  fake.pageSizeCap = 10;
  now = noon;
  reports = [];
  failures = [];
});
afterEach(async () => {
  for (const schedule of open.splice(0)) await schedule.close();
  await fake.close();
});

const settings = () => ({
  CIVIFORM_SYNC_URL: fake.origin,
  CIVIFORM_SYNC_TOKEN: fake.token,
  CIVIFORM_SYNC_PROGRAMS: slug,
});

/** A server's schedule; it has looked once when this returns. */
async function start(environment: Record<string, string>, db = app.database.db) {
  const schedule = scheduleSyncs({
    ...{ db, plan: readSyncPlan(readConfig(environment)), now: () => now },
    report: (slug, outcome, trace) => reports.push({ slug, outcome, trace }),
    reportFailure: (slug, error) => failures.push({ slug, error }),
  });
  open.push(schedule);
  await schedule.run();
  return schedule;
}
const later = (minutes: number) => {
  now = new Date(now.getTime() + minutes * minuteMs);
};
const fullQueries = () =>
  fake.queries.filter((query) => query.includes("pageSize") && !query.includes("fromDate")).length;

describe("the server's schedule", () => {
  test("pulls at once, then every so many minutes, and checks everything every so many hours", async () => {
    const schedule = await start({
      ...settings(),
      ...{ CIVIFORM_SYNC_MINUTES: "10", CIVIFORM_SYNC_FULL_HOURS: "1" },
    });
    expect(await listAll(app.database.db, slug)).toHaveLength(30);
    const traces = fake.requests.map(({ headers }) => readTrace(headers.get("traceparent")));
    expect(traces).toEqual([reports, reports, reports].map(([first]) => first?.trace));
    for (let minute = 5; minute <= 65; minute += 5) {
      later(5);
      await schedule.run();
    }
    expect(reports.filter(({ outcome }) => outcome.kind === "done")).toHaveLength(7);
    expect(fullQueries()).toBe(2);
  });

  test("never checks everything again when it is told so", async () => {
    const schedule = await start({ ...settings(), CIVIFORM_SYNC_FULL_HOURS: "0" });
    later(60 * 24 * 30);
    await schedule.run();
    expect(fullQueries()).toBe(1);
  });

  test("lets one of several servers pull each page", async () => {
    const others = [1, 2, 3].map(() => connect(app.database.target, { connectionsMax: 3 }));
    await Promise.all([start(settings()), ...others.map(({ db }) => start(settings(), db))]);
    expect(fake.queries).toHaveLength(3);
    expect(await listAll(app.database.db, slug)).toHaveLength(30);
    expect(failures).toEqual([]);
    await Promise.all(open.splice(0).map((schedule) => schedule.close()));
    await Promise.all(others.map((other) => other.close()));
  });

  test("goes on with the next program when one is not here, or in trouble", async () => {
    const schedule = await start({
      ...settings(),
      CIVIFORM_SYNC_PROGRAMS: `no-such, ${slug}`,
    });
    await schedule.run();
    expect(failures).toMatchObject([{ slug: "no-such", error: { code: "not_found" } }]);
    expect(await listAll(app.database.db, slug)).toHaveLength(30);
  });

  test("calls a source that refuses the key once a turn", async () => {
    fake.intercept = () => new Response(null, { status: 401 });
    const schedule = await start(settings());
    await schedule.run();
    await schedule.run();
    expect(fake.queries).toHaveLength(1);
    later(15);
    await schedule.run();
    expect(fake.queries).toHaveLength(2);
    expect(reports.filter(({ outcome }) => outcome.kind === "failed")).toHaveLength(2);
  });

  test("does not hold a stop up for a source that hangs, and leaves the walk for the next", async () => {
    fake.intercept = (_query, number) => (number === 2 ? new Promise<Response>(() => {}) : undefined);
    const running = start(settings());
    while (fake.queries.length < 2) await Bun.sleep(5);
    const startedMs = performance.now();
    for (const schedule of open.splice(0)) await schedule.close();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    await running;
    fake.intercept = () => undefined;
    await start(settings());
    expect(await listAll(app.database.db, slug)).toHaveLength(30);
    expect(fake.queries).toHaveLength(4);
  });

  test("calls nobody without programs to pull", async () => {
    const { CIVIFORM_SYNC_PROGRAMS: _, ...others } = settings();
    await start(others);
    await start({});
    expect(fake.queries).toEqual([]);
  });
});

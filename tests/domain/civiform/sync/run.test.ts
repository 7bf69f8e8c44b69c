import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { leaseSeconds, takeSyncLease } from "../../../../src/domain/civiform/sync/lease.ts";
import { type SyncInput, type SyncOutcome, syncApplications } from "../../../../src/domain/civiform/sync/run.ts";
import { listSyncStates } from "../../../../src/domain/civiform/sync/state.ts";
import { Secret } from "../../../../src/lib/secrets/secret.ts";
import { noAssets, noon, startTestApp, type TestApp } from "../../../support/app.ts";
import { actor, civiFormSlugs, makeProgram } from "../../../support/factories.ts";
import { type FakeCiviForm, fakeRecord, startFakeCiviForm } from "../../../support/fake-civiform.ts";
import { listAll } from "../../../support/listing.ts";

const dayMs = 86_400_000;
let app: TestApp;
let programCount = 0;
let slug: string;
let fake: FakeCiviForm;
let now: Date;
let pauses: number[];
let rejections: string[];

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
});
afterAll(() => app.close());
beforeEach(async () => {
  programCount += 1;
  slug = `program-${programCount}`;
  await makeProgram(app, { id: programCount, adminName: slug });
  fake = startFakeCiviForm(25, slug);
  fake.pageSizeCap = 10;
  now = noon;
  pauses = [];
  rejections = [];
});
afterEach(() => fake.close());

const record = (id: number, more: Record<string, unknown> = {}) => fakeRecord(id, { program_name: slug, ...more });
const sync = (more: Partial<SyncInput> = {}): Promise<SyncOutcome> =>
  syncApplications(app.database.db, {
    source: { origin: fake.origin, token: new Secret(fake.token) },
    ...{ slug, full: false, due: null, fullBefore: null, actor },
    now: () => now,
    signal: new AbortController().signal,
    onReject: (message) => rejections.push(message),
    pause: async (ms) => {
      pauses.push(ms);
    },
    ...more,
  });
const countsOf = (outcome: SyncOutcome) => (outcome.kind === "done" ? outcome.walk.counts : outcome);
const failureOf = (outcome: SyncOutcome) => (outcome.kind === "failed" ? outcome.failure : outcome);
const counts = (read: number, inserted: number, updated = 0, rejected = 0) => ({
  ...{ read, inserted, updated, rejected, erased: 0 },
  unchanged: read - inserted - updated - rejected,
});
const stored = async () => {
  const records = (await listAll(app.database.db, slug)).map((text) => JSON.parse(text));
  return records.map(({ application_id, revision_state }) => [application_id, revision_state]);
};
const inSource = () =>
  fake.records
    .map(({ application_id, revision_state }) => [application_id, revision_state])
    .sort(([one], [other]) => Number(other) - Number(one));
const stateNow = async () => (await listSyncStates(app.database.db)).find((state) => state.slug === slug);
const auditEvents = () =>
  app.database.client`select actor, action, details from audit_events
    join programs on programs.id = program_id
    where slug = ${slug} and action like 'applications.%' order by audit_events.id`;
/** As if a runner had been dead for long enough. */
const letLeaseRunOut = () =>
  app.database.client`update application_syncs set lease_until = now() where lease_token is not null`;

/** A network that dies at this request, and at every one after it. */
const breakAt = (number: number) => {
  fake.intercept = (_query, at) => (at >= number ? new Response(null, { status: 503 }) : undefined);
};
const mend = () => {
  fake.intercept = () => undefined;
};

describe("a sync", () => {
  test("brings everything once, tells it once, and changes nothing the second time", async () => {
    expect(countsOf(await sync())).toEqual(counts(25, 25));
    expect(await stored()).toEqual(inSource());
    expect(countsOf(await sync({ full: true }))).toEqual(counts(25, 0));
    expect(await auditEvents()).toMatchObject([
      {
        actor: actor.name,
        action: "applications.synced",
        details: { source: fake.origin, walk: "full", outcome: "complete", inserted: 25 },
      },
    ]);
    expect(await stateNow()).toMatchObject({ state: "good", pulledTotal: 50, failureTotal: 0 });
  });

  for (const [adminName, itsSlug] of civiFormSlugs) {
    test(`finds the program ${adminName} under CiviForm's slug for it`, async () => {
      programCount += 1;
      await makeProgram(app, { id: programCount, adminName });
      const source = startFakeCiviForm(2, itsSlug);
      source.records = source.records.map((each) => ({ ...each, program_name: adminName }));
      source.pageSizeCap = 1;
      const outcome = await sync({
        slug: itsSlug,
        source: { origin: source.origin, token: new Secret(source.token) },
      });
      expect(countsOf(outcome)).toEqual(counts(2, 2));
      await source.close();
    });
  }

  test("asks as every CiviForm understands: a day without a time, and beside a token nothing", async () => {
    await sync();
    await sync();
    const [first, second, third, again] = fake.queries.map((query) => new URLSearchParams(query));
    expect([...(first?.keys() ?? [])]).toEqual(["pageSize"]);
    for (const query of [second, third]) expect([...(query?.keys() ?? [])]).toEqual(["nextPageToken"]);
    expect(again?.get("fromDate")).toBe("2025-11-01");
    const [request] = fake.requests;
    expect(request?.method).toBe("GET");
    expect(request?.headers.get("authorization")).toBe(`Basic ${fake.token}`);
  });

  test("finds an old draft that was submitted late, though its id is far down", async () => {
    await sync();
    now = new Date(noon.getTime() + 10 * dayMs);
    const submit_time = new Date(now.getTime() - 3_600_000).toISOString();
    fake.records.push(record(-7, { submit_time }), record(100, { submit_time }));
    expect(countsOf(await sync())).toEqual(counts(27, 2));
    now = new Date(now.getTime() + 600_000);
    expect(countsOf(await sync())).toEqual(counts(2, 0));
    expect(await stored()).toEqual(inSource());
  });

  test("sees a revision state that changed lately at once, an older one with the next full check", async () => {
    const old = record(30, { submit_time: "2020-01-01T00:00:00Z" });
    fake.records.push(old);
    await sync();
    for (const each of fake.records) {
      if ([30, 25].includes(each.application_id)) each.revision_state = "OBSOLETE";
    }
    expect(countsOf(await sync())).toMatchObject({ read: 25, updated: 1 });
    expect(countsOf(await sync({ full: true }))).toMatchObject({ read: 26, updated: 1 });
    expect(await stored()).toEqual(inSource());
  });

  test("keeps an obsolete application obsolete, whatever the source says later", async () => {
    for (const each of fake.records) each.revision_state = "OBSOLETE";
    await sync();
    for (const each of fake.records) each.revision_state = "CURRENT";
    expect(countsOf(await sync({ full: true }))).toEqual(counts(25, 0));
    expect((await stored()).every(([, state]) => state === "OBSOLETE")).toBe(true);
  });

  test("never deletes: what the source has no more stays", async () => {
    await sync();
    fake.records = [];
    expect(countsOf(await sync({ full: true }))).toEqual(counts(0, 0));
    expect(await stored()).toHaveLength(25);
  });

  test("is not led into the future by a time that has not come", async () => {
    fake.records.push(record(26, { submit_time: "2199-01-01T00:00:00Z" }));
    await sync();
    const submit_time = new Date(noon.getTime() - 60_000).toISOString();
    fake.records.push(record(27, { submit_time }));
    expect(countsOf(await sync())).toEqual(counts(2, 1));
  });

  test("misses nothing that is submitted while it walks, above where it stands", async () => {
    now = new Date("2025-11-03T12:00:00Z");
    fake.intercept = (_query, number) => {
      if (number === 2) fake.records.push(record(90), record(-5, { submit_time: "2025-11-30T00:00:00Z" }));
      return undefined;
    };
    await sync();
    expect(await stored()).toHaveLength(26);
    now = new Date("2025-12-20T12:00:00Z");
    expect(countsOf(await sync())).toMatchObject({ inserted: 1 });
    expect(await stored()).toEqual(inSource());
  });

  test("of an empty program is good, and begins with everything once there is something", async () => {
    fake.records = [];
    expect(countsOf(await sync())).toEqual(counts(0, 0));
    expect(await stateNow()).toMatchObject({ state: "good" });
    fake.records = [record(1)];
    expect(countsOf(await sync())).toEqual(counts(1, 1));
    expect(await auditEvents()).toHaveLength(1);
  });

  test("of a program that is external or not here calls nobody", async () => {
    await makeProgram(app, { id: 999, adminName: "elsewhere", programType: "EXTERNAL" });
    expect(sync({ slug: "elsewhere" })).rejects.toThrow("is external");
    expect(sync({ slug: "no-such" })).rejects.toThrow("Program not found");
    expect(fake.queries).toEqual([]);
  });

  test("from another origin starts over: what was known is of the first one", async () => {
    await sync();
    const other = startFakeCiviForm(3, slug);
    const source = { origin: other.origin, token: new Secret(other.token) };
    const outcome = await sync({ source });
    expect(outcome).toMatchObject({ walk: { isFull: true, fromDate: null } });
    expect(other.queries).toHaveLength(1);
    expect(await stateNow()).toMatchObject({ source: other.origin });
    await other.close();
  });
});

describe("a walk that breaks off", () => {
  test("goes on where it stood, and is told in the audit trail as far as it came", async () => {
    breakAt(2);
    expect(failureOf(await sync())).toMatchObject({ code: "too_busy" });
    expect(await stored()).toHaveLength(10);
    expect(await stateNow()).toMatchObject({
      state: "failed",
      isWalking: true,
      counts: { read: 10 },
    });
    mend();
    fake.queries.length = 0;
    const outcome = await sync();
    expect(outcome).toMatchObject({ walk: { isResumed: true, isFull: true } });
    expect(countsOf(outcome)).toEqual(counts(25, 25));
    expect(fake.queries).toHaveLength(2);
    expect(await stored()).toEqual(inSource());
    const told = (await auditEvents()).map(({ details }) => [details.outcome, details.inserted]);
    expect(told).toEqual([
      ["stopped", 10],
      ["complete", 25],
    ]);
    expect(await stateNow()).toMatchObject({ state: "good", failure: null, failureTotal: 1 });
  });

  test("begins again when the source no longer accepts its token, once", async () => {
    breakAt(2);
    await sync();
    mend();
    fake.signature = "second";
    expect(countsOf(await sync())).toMatchObject({ read: 25, inserted: 15 });
    fake.intercept = (query) =>
      query.has("nextPageToken") ? new Response("Page token signature invalid", { status: 400 }) : undefined;
    fake.queries.length = 0;
    expect(failureOf(await sync({ full: true }))).toMatchObject({ code: "token_refused" });
    expect(fake.queries).toHaveLength(4);
  });

  test("begins anew after a page has stopped it three times, so that what is new still comes", async () => {
    await sync();
    for (const each of fake.records) each.revision_state = "OBSOLETE";
    // The second page holds something that the source itself cannot list.
    fake.intercept = (query) => (query.has("nextPageToken") ? new Response(null, { status: 500 }) : undefined);
    for (const read of [10, 10, 10]) {
      expect(await sync()).toMatchObject({ kind: "failed" });
      expect(await stateNow()).toMatchObject({ counts: { read } });
    }
    fake.records.push(record(99));
    expect(await sync()).toMatchObject({ kind: "failed" });
    expect((await stored())[0]).toEqual([99, "CURRENT"]);
    mend();
    expect((await sync()).kind).toBe("done");
    expect(await stored()).toEqual(inSource());
  });

  test("is kept as it is while the source is away, however long", async () => {
    breakAt(2);
    await sync();
    fake.intercept = () => new Response(null, { status: 401 });
    for (let round = 0; round < 5; round += 1) await sync();
    expect(await stateNow()).toMatchObject({ isWalking: true, counts: { read: 10 } });
  });

  test("is left behind for a wider one, when everything is to be checked", async () => {
    await sync();
    for (const each of fake.records) each.revision_state = "OBSOLETE";
    breakAt(5);
    await sync();
    mend();
    const outcome = await sync({ full: true });
    expect(outcome).toMatchObject({ walk: { isFull: true, isResumed: false } });
    const told = (await auditEvents()).map(({ details }) => [details.outcome, details.updated]);
    expect(told).toEqual([
      ["complete", 0],
      ["stopped", 10],
      ["complete", 15],
    ]);
  });

  test("stops when it is told to, and is gone on with at once", async () => {
    const stopping = new AbortController();
    fake.intercept = (_query, number) => {
      if (number === 2) stopping.abort();
      return undefined;
    };
    expect(await sync({ signal: stopping.signal })).toEqual({ kind: "stopped" });
    expect(await stateNow()).toMatchObject({ state: "interrupted", failure: null });
    const due = { startedBefore: new Date(0), now };
    expect(await sync({ due })).toMatchObject({ walk: { isResumed: true } });
    expect(await stored()).toEqual(inSource());
  });
});

describe("of several runners", () => {
  test("one walks at a time", async () => {
    let idle = 0;
    fake.intercept = async (_query, number) => {
      while (number === 1 && idle < 4) await Bun.sleep(5);
      return undefined;
    };
    const runs = Array.from({ length: 5 }, async () => {
      const outcome = await sync();
      if (outcome.kind === "idle") idle += 1;
      return outcome;
    });
    const outcomes = await Promise.all(runs);
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(["done", "idle", "idle", "idle", "idle"]);
    expect(fake.queries).toHaveLength(3);
  });

  test("one takes over what another left, after its lease has run out and not before", async () => {
    const [program] = await app.database.client`select id from programs where slug = ${slug}`;
    const input = { programId: Number(program?.id), origin: fake.origin, now, due: null };
    const dead = await takeSyncLease(app.database.db, input);
    expect(dead).toBeDefined();
    expect(await sync()).toMatchObject({ kind: "idle", leaseUntil: expect.any(Date) });
    const [row] = await app.database.client`
      select extract(epoch from lease_until - now())::float8 as seconds from application_syncs
      where program_id = ${program?.id}`;
    expect(row?.seconds).toBeLessThanOrEqual(leaseSeconds);
    await letLeaseRunOut();
    expect(countsOf(await sync())).toEqual(counts(25, 25));
  });

  test("one that comes back after it was taken over writes nothing any more", async () => {
    let taker: Promise<SyncOutcome> | undefined;
    fake.intercept = async (_query, number) => {
      if (number === 2) {
        await letLeaseRunOut();
        taker = sync();
        expect(countsOf(await taker)).toEqual(counts(25, 25));
        for (const each of fake.records) each.status = "changed meanwhile";
      }
      return undefined;
    };
    expect(failureOf(await sync())).toMatchObject({ code: "lease_lost" });
    expect(await stateNow()).toMatchObject({
      state: "good",
      failure: null,
      counts: counts(25, 25),
    });
    const texts = await listAll(app.database.db, slug);
    expect(texts.join("")).not.toContain("changed meanwhile");
  });

  test("a run that is not due yet is not made, one that is asked for is", async () => {
    const minutes = (count: number) => new Date(now.getTime() - count * 60_000);
    const scheduled = () => sync({ due: { startedBefore: minutes(15), now } });
    expect((await scheduled()).kind).toBe("done");
    now = new Date(noon.getTime() + 14 * 60_000);
    expect((await scheduled()).kind).toBe("idle");
    await app.database.client`update application_syncs set requested_at = ${now.toISOString()}`;
    expect((await scheduled()).kind).toBe("done");
    expect((await scheduled()).kind).toBe("idle");
    now = new Date(now.getTime() + 15 * 60_000);
    expect((await scheduled()).kind).toBe("done");
  });

  test("a full check is made once it is due", async () => {
    const walkOf = async () => {
      const outcome = await sync({ fullBefore: new Date(now.getTime() - dayMs) });
      return outcome.kind === "done" && outcome.walk.isFull;
    };
    expect(await walkOf()).toBe(true);
    now = new Date(noon.getTime() + dayMs - 1);
    expect(await walkOf()).toBe(false);
    now = new Date(noon.getTime() + dayMs);
    expect(await walkOf()).toBe(true);
  });
});

describe("a source in trouble", () => {
  test("is tried again, later each time, and then left until the next run", async () => {
    for (const status of [429, 500, 502, 503]) {
      pauses = [];
      fake.queries.length = 0;
      fake.intercept = () => new Response("busy", { status });
      expect(failureOf(await sync())).toMatchObject({ code: "too_busy" });
      expect(fake.queries).toHaveLength(6);
      expect(pauses).toHaveLength(5);
      for (const [index, ms] of pauses.entries()) {
        expect(ms).toBeGreaterThanOrEqual(500 * 2 ** index);
        expect(ms).toBeLessThanOrEqual(1000 * 2 ** index);
      }
    }
  });

  test("that recovers costs a pause and nothing else", async () => {
    fake.intercept = (_query, number) => (number === 2 ? new Response(null, { status: 503 }) : undefined);
    expect(countsOf(await sync())).toEqual(counts(25, 25));
    expect(pauses).toHaveLength(1);
  });

  test("is not called before the time that it names", async () => {
    fake.intercept = (_query, number) =>
      number === 1 ? new Response(null, { status: 429, headers: { "retry-after": "40" } }) : undefined;
    await sync();
    expect(pauses).toEqual([40_000]);

    fake.intercept = () => new Response(null, { status: 503, headers: { "retry-after": "3600" } });
    await sync();
    expect(pauses).toHaveLength(1);
    mend();
    const scheduled = () => sync({ due: { startedBefore: now, now } });
    now = new Date(noon.getTime() + 3_599_000);
    expect((await scheduled()).kind).toBe("idle");
    now = new Date(noon.getTime() + 3_600_000);
    expect((await scheduled()).kind).toBe("done");
  });

  test("that refuses the key is called once, and the operator is told where to look", async () => {
    fake.intercept = () => new Response(null, { status: 401 });
    const failure = failureOf(await sync());
    expect(failure).toMatchObject({ code: "key_refused" });
    for (const word of ["expired", "retired", "subnets", "READ", "CIVIFORM_SYNC_TOKEN"]) {
      expect((await stateNow())?.failure).toContain(word);
    }
    expect(fake.queries).toHaveLength(1);
  });

  test("that redirects is not followed", async () => {
    const other = startFakeCiviForm(3);
    fake.intercept = () => Response.redirect(`${other.origin}/api/v1/x`, 307);
    expect(failureOf(await sync())).toMatchObject({ code: "redirect" });
    expect(other.queries).toEqual([]);
    await other.close();
  });

  test("that has no such program, or no such address, says so in our words", async () => {
    fake.intercept = () => new Response("services.program.ProgramNotFoundException: secret words", { status: 400 });
    expect(failureOf(await sync())).toMatchObject({ code: "request_refused" });
    expect((await stateNow())?.failure).toContain("active version");
    fake.intercept = () => new Response("secret words", { status: 404 });
    expect(failureOf(await sync())).toMatchObject({ code: "not_found" });
    expect(JSON.stringify(await stateNow())).not.toContain("secret words");
  });
});

test("an error of our own stops the run like any other trouble: the source is not called again and again", async () => {
  await app.database.client.unsafe(`
    create function break_down() returns trigger language plpgsql as $$
    begin raise exception 'broken'; end $$;
    create trigger broken before insert on applications for each row
      when (new.application_id = 25) execute function break_down();`);
  try {
    expect(sync()).rejects.toThrow("broken");
    while ((await stateNow())?.state !== "failed") await Bun.sleep(5);
    expect((await stateNow())?.failure).toBe("An unexpected error stopped the run: the log has it.");
    const due = { startedBefore: new Date(now.getTime() - 1), now };
    expect(await sync({ due })).toMatchObject({ kind: "idle" });
    expect(await stored()).toHaveLength(0);
  } finally {
    await app.database.client.unsafe("drop function break_down cascade");
  }
});

describe("a bad record", () => {
  test("is left out, named by its id, and stops nobody else's way", async () => {
    const bad: Record<number, Record<string, unknown>> = {
      24: { submit_time: "yesterday" },
      20: { program_name: "another\u001b[31m\u202eprogram" },
      11: { revision_state: "DRAFT" },
      3: { application: [] },
    };
    fake.records = fake.records.map((each) => ({ ...each, ...bad[each.application_id] }));
    expect(countsOf(await sync())).toEqual(counts(25, 21, 0, 4));
    expect(rejections.map((text) => text.split(":")[0])).toEqual([24, 20, 11, 3].map((id) => `Application ${id}`));
    expect(rejections[1]).not.toMatch(/\p{C}/u);
    expect(await stateNow()).toMatchObject({
      ...{ state: "good", counts: { rejected: 4 } },
      lastRejection: "Application 3: application must be an object.",
    });
    expect(await stored()).toHaveLength(21);
  });

  test("may be a whole page, as long as its ids lead on", async () => {
    fake.records = fake.records.map((each) => (each.application_id > 15 ? { ...each, submit_time: "?" } : each));
    expect(countsOf(await sync())).toEqual(counts(25, 15, 0, 10));
  });

  test("does not decide where the walk goes on", async () => {
    const page = (records: readonly Record<string, unknown>[], nextPageToken: string | null) =>
      Response.json({ payload: records.map((more) => ({ ...record(1), ...more })), nextPageToken });
    fake.intercept = (query) =>
      query.has("nextPageToken")
        ? page([{ application_id: 40 }, { application_id: 39 }], null)
        : page(
            [
              { application_id: 50 },
              { application_id: "not a number" },
              { application_id: -9e15, submit_time: "?" },
              { application_id: 1e40 },
              { application_id: 49 },
            ],
            "next",
          );
    expect(countsOf(await sync())).toEqual(counts(7, 4, 0, 3));
  });

  test("brings exact numbers and unknown questions through as they came", async () => {
    const source = `{"application_id":9007199254740993,"applicant_id":12345678901234567,
      "create_time":"2025-11-03T10:00:00.123456Z","submit_time":"2025-11-03T10:30:00Z",
      "revision_state":"CURRENT","program_name":"${slug}","new_field":1.50,
      "application":{"odd":{"question_type":"ODD","number":10000000000000000000000001.10}}}`;
    fake.intercept = () =>
      new Response(`{"nextPageToken" : null, "payload" : [ ${source} ]}`, {
        headers: { "content-type": "application/json; charset=utf-8" },
      });
    expect(countsOf(await sync())).toEqual(counts(1, 1));
    const [text] = await listAll(app.database.db, slug);
    for (const digits of [
      "9007199254740993",
      "12345678901234567",
      "10000000000000000000000001.10",
      "1.50",
      ".123456",
    ]) {
      expect(text).toContain(digits);
    }
  });
});

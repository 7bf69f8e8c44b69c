import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../../../../src/cli/command.ts";
import { erasureCommands } from "../../../../src/cli/erasure.ts";
import { eraseApplications, eraseWithin } from "../../../../src/domain/applications/erasure/erase.ts";
import { syncApplications } from "../../../../src/domain/civiform/sync/run.ts";
import { getProgramBySlug } from "../../../../src/domain/programs/find.ts";
import { Secret } from "../../../../src/lib/secrets/secret.ts";
import { noAssets, noon, startTestApp, type TestApp } from "../../../support/app.ts";
import { createCommandContext, runCommand } from "../../../support/command.ts";
import { actor, applicationRecord, importRecords, makeKey, makeProgram } from "../../../support/factories.ts";
import { startFakeCiviForm } from "../../../support/fake-civiform.ts";
import { submit } from "../../../support/submission-samples.ts";

const slug = "snow-removal";
const path = `/api/v1/admin/programs/${slug}/applications`;
/** In everything that is personal of the application that is erased. */
const marker = "Xq7ErasedPerson";
const retry = { "idempotency-key": "the-same" };
const body = {
  applicant_id: 77,
  language: "en-US",
  application: { applicant_name: { question_type: "TEXT", text: marker } },
};
const marked = (id: number, status: string) =>
  applicationRecord(id, {
    ...{ status, application_note: `${marker} note`, ti_email: `${marker}@example.org`, ti_organization: marker },
    application: { applicant_name: { question_type: "TEXT", text: marker } },
  });
let app: TestApp;
let token: string;
let submittedId: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "civikey-erasure-"));
  app = await startTestApp({ assets: noAssets });
  await makeProgram(app, { questions: ["applicant name"] });
  await makeProgram(app, { id: 2, adminName: "food-vouchers" });
  const grants = (["READ", "WRITE"] as const).map((permission) => ({ slug, permission }));
  token = (await makeKey(app, { grants })).token;
  await importRecords(app, [marked(1, marker), applicationRecord(2), applicationRecord(3)]);
  await importRecords(app, [marked(1, `${marker} again`)]);
  const submitted = await submit(app, token, body, { slug, headers: retry });
  expect(submitted.status).toBe(201);
  const text = await submitted.text();
  submittedId = /"application_id":(\d+)/.exec(text)?.[1] ?? "";
  for (const id of ["1", submittedId]) await setStatus(id, marker);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await app.close();
});

function setStatus(id: string, text: string): Promise<Response> {
  return app.call(`${path}/${id}/status`, token, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ status: text, note: text }),
  });
}

async function erase(ids: readonly string[], reason = "Ticket 4711") {
  const program = await getProgramBySlug(app.database.db, slug);
  return eraseApplications(app.database.db, {
    ...{ program, choice: { applicationIds: ids }, reason, actor, now: noon },
  });
}

const get = async (rest: string) => {
  const response = await app.call(`${path}${rest}`, token);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const idsOf = async () => {
  const { payload } = (await get("")).body as { payload: { application_id: number }[] };
  return payload.map(({ application_id: id }) => String(id));
};
const tombstones = async (rest = "") => (await get(`/erased${rest}`)).body as { erased: unknown[]; until: string };

/** The tables in which a text is anywhere. */
async function tablesWith(text: string): Promise<string[]> {
  const { client } = app.database;
  const tables = await client`select tablename as name from pg_tables where schemaname = 'public' order by 1`;
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await client`select from ${client(name)} as t where t::text like ${`%${text}%`} limit 1`;
    if (rows.length > 0) found.push(name);
  }
  return found;
}

test("erasing leaves nothing of a person in any table, and only ids, when, why and by whom", async () => {
  expect(await tablesWith(marker)).toEqual(["applications", "idempotent_submissions", "status_changes"]);
  const before = await tombstones();
  expect(before.erased).toEqual([]);
  expect(await erase(["1", submittedId])).toEqual({ erased: 2, remembered: 2 });
  expect(await tablesWith(marker)).toEqual([]);
  for (const rest of ["", "/history"]) expect((await get(`/1${rest}`)).status).toBe(404);
  expect((await setStatus("1", "Approved")).status).toBe(404);
  expect(await idsOf()).toEqual(["3", "2"]);
  const { erased, until } = await tombstones(`?since=${before.until}`);
  expect(erased).toMatchObject([{ applicationId: 1 }, { applicationId: Number(submittedId) }]);
  expect((await tombstones(`?since=${until}`)).erased).toEqual([]);
  const events = await app.database.client`
    select actor, details from audit_events where action = 'applications.erased'`;
  expect([...events]).toEqual([
    { actor: actor.name, details: { count: 2, reason: "Ticket 4711", applicationIds: ["1", submittedId] } },
  ]);
});

test("no import brings one back, and says how many it left out", async () => {
  const counts = { read: 3, inserted: 0, updated: 0, unchanged: 1, rejected: 0, erased: 2 };
  const records = [marked(1, marker), applicationRecord(2), applicationRecord(Number(submittedId))];
  expect(await importRecords(app, records)).toEqual(counts);
  expect(await idsOf()).toEqual(["3", "2"]);
  expect(await tablesWith(marker)).toEqual([]);
});

test("no sync brings one back, and says how many it left out", async () => {
  const source = startFakeCiviForm(3, slug);
  try {
    source.records = [marked(1, marker), applicationRecord(2), applicationRecord(3)];
    const outcome = await syncApplications(app.database.db, {
      source: { origin: source.origin, token: new Secret(source.token) },
      ...{ slug, full: true, due: null, fullBefore: null, actor },
      now: () => noon,
      signal: new AbortController().signal,
    });
    expect(outcome).toMatchObject({ kind: "done", walk: { counts: { read: 3, unchanged: 2, erased: 1 } } });
    expect(await idsOf()).toEqual(["3", "2"]);
  } finally {
    await source.close();
  }
});

test("no retry brings one back, not even one with another body, and a new submission gets another id", async () => {
  for (const sent of [body, { ...body, language: "es-US" }]) {
    const again = await submit(app, token, sent, { slug, headers: retry });
    expect([again.status, await again.json()]).toMatchObject([
      404,
      { detail: "The application that this Idempotency-Key made was erased." },
    ]);
  }
  // As after the restore of a backup: the sequence gives the id again.
  await app.database.client`select setval('submitted_application_ids', ${submittedId}, false)`;
  const made = (await (await submit(app, token, body, { slug })).json()) as { application_id: number };
  expect(made.application_id).toBe(Number(submittedId) + 1);
  await erase([String(made.application_id)]);
});

test("an import that is under way when an application is erased does not bring it back", async () => {
  const program = await getProgramBySlug(app.database.db, slug);
  const importing = app.database.db.transaction(async (tx) => {
    await eraseWithin(tx, { program, choice: { applicationIds: ["3"] }, reason: "", actor, now: noon });
    const started = importRecords(app, [applicationRecord(3), applicationRecord(4)]);
    const waits = async () =>
      (
        await app.database.client`
      select from pg_locks join pg_database on pg_database.oid = database
      where not granted and datname = current_database()`
      ).length > 0;
    while (!(await waits())) await Bun.sleep(5);
    return { started };
  });
  expect(await (await importing).started).toMatchObject({ inserted: 1, erased: 1 });
  expect(await idsOf()).toEqual(["4", "2"]);
});

test("the database refuses to delete an application or its history otherwise, and to forget what was erased", async () => {
  const { client } = app.database;
  await setStatus("2", "Approved");
  for (const statement of [
    "delete from applications",
    "delete from status_changes",
    "delete from erased_applications",
    "update erased_applications set application_id = 9",
    "truncate erased_applications",
    "delete from erasures",
    "update erasures set reason = 'x'",
  ]) {
    expect(client.unsafe(statement).then(String)).rejects.toThrow("append-only");
  }
});

test("an id that the program never had is an error, and nothing is erased; one that is erased already is none", async () => {
  expect(erase(["2", "12", "13"])).rejects.toThrow("snow-removal has no such application: 12, 13");
  expect(await idsOf()).toEqual(["4", "2"]);
  expect(await erase(["1"])).toEqual({ erased: 0, remembered: 0 });
});

/** Runs one of the commands with options as they are parsed. */
async function run(name: string, options: Record<string, unknown>, place = app) {
  const command = erasureCommands.find((each) => each.name === name);
  return command?.run(createCommandContext(place.database), [], options);
}
const eraseBy = (options: Record<string, unknown>, place = app) => run("applications erase", options, place);

test("the command erases by id, applicant and date, in the zone, and first says how many", async () => {
  await importRecords(app, [
    applicationRecord(51, { submit_time: "2025-11-03T23:59:59-08:00" }),
    applicationRecord(52, { submit_time: "2025-11-04T00:00:00-08:00", applicant_id: 9 }),
    applicationRecord(53, { submit_time: "2025-11-05T00:00:00-08:00", applicant_id: 9 }),
    applicationRecord(54, { submit_time: "2025-11-05T00:00:00-08:00" }),
  ]);
  await erase(["2", "4"]);
  const byDate = { program: slug, submittedBefore: "2025-11-04" };
  expect((await eraseBy({ ...byDate, dryRun: true }))?.text).toBe("This would erase 1 application.");
  expect(await idsOf()).toEqual(["54", "53", "52", "51"]);
  expect((await eraseBy(byDate))?.json).toEqual({ erased: 1, remembered: 1, dryRun: false });
  expect((await eraseBy({ program: slug, applicant: "9" }))?.text).toBe("Erased 2 applications.");
  const line = ["applications", "erase", "--program", slug, "--application", "54", "--reason", "Ticket 9"];
  expect((await runCommand(app.database, line)).stdout).toBe("Erased 1 application.\n");
  expect(await idsOf()).toEqual([]);
  const listed = (await run("applications erased", { program: slug }))?.json as Record<string, unknown>[];
  const last = { program: slug, applicationId: "54", erasedBy: "operator (CLI)", reason: "Ticket 9" };
  expect(listed.at(-1)).toMatchObject(last);
  for (const wrong of [{}, { application: ["x"] }, { applicant: "1", submittedBefore: "2025-11-04" }]) {
    expect(eraseBy({ program: slug, ...wrong })).rejects.toThrow(UsageError);
  }
  expect(eraseBy({ program: slug, application: ["99"] })).rejects.toThrow("no such application: 99");
});

test("another database is told: it erases what it has, remembers the rest, and takes the API's answer too", async () => {
  const copy = await startTestApp({ assets: noAssets });
  try {
    await makeProgram(copy);
    await importRecords(copy, [applicationRecord(1), applicationRecord(2)]);
    const file = join(folder, "erased.json");
    const tell = async (content: unknown, options = {}) => {
      await Bun.write(file, typeof content === "string" ? content : JSON.stringify(content));
      return (await eraseBy({ file, ...options }, copy))?.json;
    };
    const erased = { program: slug, applicationId: "1", erasedAt: "2026-01-01T00:00:00Z", erasedBy: "ada@example.org" };
    const stones = [
      { ...erased, reason: null },
      { ...erased, applicationId: "8", reason: "R" },
    ];
    expect(await tell(stones, { dryRun: true })).toEqual({ erased: 1, remembered: 0, dryRun: true });
    expect(await tell(stones)).toEqual({ erased: 1, remembered: 2, dryRun: false });
    expect(await tell(stones)).toEqual({ erased: 0, remembered: 0, dryRun: false });
    const records = [1, 2, 8, 9].map((id) => applicationRecord(id));
    expect(await importRecords(copy, records)).toMatchObject({ inserted: 1, unchanged: 1, erased: 2 });
    const [kept] = await copy.database.client`select erased_by, reason from erasures where reason is not null`;
    expect(kept).toEqual({ erased_by: "ada@example.org", reason: "R" });
    const answer = { erased: [{ applicationId: 9, erasedAt: "x" }], until: "y" };
    await expect(tell(answer)).rejects.toThrow("Entry 1 has no program: use --program.");
    expect(await tell(answer, { program: slug })).toMatchObject({ erased: 1 });
    for (const text of ["{", "{}", "[1]", '[{"program":"snow-removal"}]']) {
      expect(await tell(text).catch(({ code }) => code)).toBe("invalid");
    }
  } finally {
    await copy.close();
  }
});

test("clients learn of many erasures in parts that they can go on from, and of no other program's", async () => {
  const { client } = app.database;
  const { until: before } = await tombstones();
  const addErasure = (count: number, from: number) => `
    with erasure as (
      insert into erasures (program_id, erased_by, application_count)
      select id, 'test', ${count} from programs where slug = '${slug}' returning id, program_id)
    insert into erased_applications
    select program_id, ${from} + number, erasure.id from erasure, generate_series(1, ${count}) number;`;
  await client.unsafe(addErasure(10_000, 10_000) + addErasure(10_000, 20_000) + addErasure(2, 30_000));
  let since = before;
  const parts: number[] = [];
  for (;;) {
    const { erased, until } = await tombstones(`?since=${since}`);
    since = until;
    if (erased.length === 0) break;
    parts.push(erased.length);
  }
  expect(parts).toEqual([10_000, 10_000, 2]);
  const other = await makeKey(app, { slug: "food-vouchers" });
  const theirs = await app.call("/api/v1/admin/programs/food-vouchers/applications/erased", other.token);
  expect(await theirs.json()).toMatchObject({ erased: [] });
  expect((await app.call(`${path}/erased`, other.token)).status).toBe(401);
  for (const time of ["", "yesterday", "2026-02-30"]) {
    const { status, body } = await get(`/erased?since=${time}`);
    expect([status, body]).toMatchObject([400, { detail: "Malformed query param: since" }]);
  }
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { importApplications, type RejectedRecord } from "../../../../src/domain/applications/imports/import.ts";
import { importProgram } from "../../../../src/domain/programs/import.ts";
import { openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import {
  freshProgram,
  freshSpec,
  importedAt,
  importInto,
  makeRecord,
  operator,
  publishExport,
} from "../../../support/imports.ts";
import { listAll } from "../../../support/listing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const importRecords = (slug: string, records: readonly unknown[]) => importInto(database.db, slug, records);
const applicationsOf = async (slug: string): Promise<Record<string, unknown>[]> =>
  (await listAll(database.db, slug)).map((text) => JSON.parse(text));
const counts = (read: number, inserted: number, updated: number, unchanged: number, rejected = 0) => ({
  ...{ read, inserted, updated, unchanged, rejected, erased: 0 },
});

describe("a file", () => {
  test("of 2,500 applications is imported whole, as a list answer and as NDJSON, and changes nothing the second time", async () => {
    const records = Array.from({ length: 2500 }, (_, index) => makeRecord(2500 - index));
    const slug = await freshProgram(database.db);
    const progress: number[] = [];
    const onProgress = (read: number) => progress.push(read);
    const list = JSON.stringify({ payload: records, nextPageToken: "more" }, null, 1);
    const imported = await importInto(database.db, slug, list, { onProgress });
    expect(imported).toEqual(counts(2500, 2500, 0, 0));
    expect(progress.at(-1)).toBe(2500);
    expect(await importRecords(slug, records)).toEqual(counts(2500, 0, 0, 2500));
    const [row] = await database.client`
      select count(*)::int as n from applications join programs on programs.id = program_id
      where slug = ${slug}`;
    expect(row?.n).toBe(2500);
  });

  test("with every question type comes back to the last digit", async () => {
    const fixture = (name: string) => Bun.file(join(import.meta.dir, "../../../fixtures", name)).text();
    await importProgram(database.db, {
      text: await fixture("every-question-type-export.json"),
      ...{ publish: true, actor: operator, now: importedAt },
    });
    const file = await fixture("every-question-type-applications.ndjson");
    expect(await importInto(database.db, "every-question-type", file)).toEqual(counts(5, 5, 0, 0));
    expect(await importInto(database.db, "every-question-type", file)).toEqual(counts(5, 0, 0, 5));
    const [big, , nested, , full] = await listAll(database.db, "every-question-type");
    expect(full).toContain(
      file
        .split("\n")[0]
        ?.match(/"application":\{(.*)\}\}$/)?.[1]
        ?.replace("\\u00e9", "é") ?? "nothing",
    );
    expect(big).toStartWith('{"applicant_id":9007199254740993,"application_id":9007199254740995,');
    expect(big).toContain('"create_time":"2025-07-01T09:00:00.000001-07:00","language":null,');
    expect(big).toContain('"status":null,"status_last_modified_time":null,"application_note":null,');
    expect(big).toContain('"submit_time":"2025-07-02T10:30:00.1-07:00"');
    expect(big).toContain('"ti_organization":null,"total_score":12.50,"application":{');
    expect(big).toContain('"number":9007199254740993}');
    expect(big).toContain('"currency_dollars":1e2}');
    expect(big).toContain(
      '"mood":{"9":2,"10":1,"question_type":"HOLOGRAM","depth":3.1400,"empty":"",' +
        '"nested":{"question_type":"TEXT","text":""}}',
    );
    expect(big).toContain(
      '{"question_type":"NAME","first_name":null,"middle_name":null,"last_name":"Example","nickname":""}',
    );
    expect(big).not.toContain("welcome");
    const name = '{"question_type":"NAME","first_name":null,"middle_name":null,"last_name":null,"suffix":null}';
    const pay = '"pay":{"question_type":"CURRENCY","currency_dollars":null}';
    expect(nested).toContain(
      '{"household_members":{"question_type":"ENUMERATOR","entities":[{"entity_name":"",' +
        '"jobs":{"question_type":"ENUMERATOR","entities":[{"entity_name":"Baker",' +
        `"employer":{"question_type":"TEXT","text":null},${pay}},{"entity_name":"Clerk",${pay},` +
        `"employer":{"question_type":"TEXT","text":null}}]},"member_name":${name}},` +
        `{"entity_name":"Cy","member_name":${name},"jobs":{"question_type":"ENUMERATOR","entities":[]}}]}`,
    );
    expect(nested).toContain('"dupe_question_":{"question_type":"NUMBER","number":null}');
  });

  test("leaves an audit event when it changed something, and none when it did not", async () => {
    const slug = await freshProgram(database.db);
    await importRecords(slug, [makeRecord(1)]);
    await importRecords(slug, [makeRecord(1)]);
    const events = await database.client`
      select actor, details from audit_events join programs on programs.id = program_id
      where slug = ${slug} and action = 'applications.imported'`;
    expect(events.map((event) => ({ ...event }))).toEqual([
      { actor: "operator (CLI)", details: { source: "test", ...counts(1, 1, 0, 0) } },
    ]);
  });

  test("of an unknown or an external program is refused", async () => {
    await expect(importRecords("no-such-program", [])).rejects.toMatchObject({
      ...{ code: "not_found", message: "Program not found for slug: no-such-program" },
    });
    const slug = await freshProgram(database.db, "EXTERNAL");
    await expect(importRecords(slug, [])).rejects.toMatchObject({
      ...{ code: "invalid", message: `${slug} is external: it has no applications.` },
    });
  });

  test("without records changes nothing", async () => {
    expect(await importInto(database.db, await freshProgram(database.db), '{"payload":[]}')).toEqual(
      counts(0, 0, 0, 0),
    );
  });
});

describe("a stored application", () => {
  test("is updated where it differs, and nowhere else", async () => {
    const slug = await freshProgram(database.db);
    await importRecords(slug, [makeRecord(1), makeRecord(2)]);
    const changes: Record<string, unknown>[] = [
      ...[{ applicant_id: 5 }, { program_version_id: 3 }, { language: "es-US" }],
      ...[{ create_time: "2025-11-03T10:00:00.000001-08:00" }, { status: "Approved" }],
      ...[{ submit_time: "2025-11-03T10:31:00-08:00" }, { status: null, application_note: "n" }],
      ...[{ status_last_modified_time: "2025-11-03T10:31:00-08:00" }, { submitter_type: "APPLICANT" }],
      ...[{ ti_email: "ti@example.org" }, { ti_organization: "TI" }, { extra: 1.0 }],
      ...[{ application: { q: { question_type: "TEXT", text: "x" } } }, { revision_state: "OBSOLETE" }],
    ];
    let record = makeRecord(1);
    for (const change of changes) {
      record = { ...record, ...change };
      expect(await importRecords(slug, [record])).toEqual(counts(1, 0, 1, 0));
      expect(await importRecords(slug, [record, makeRecord(2)])).toEqual(counts(2, 0, 0, 2));
    }
    expect((await applicationsOf(slug))[1]).toMatchObject(record);
  });

  test("is unchanged by what the API serves of it, with the questions of every version", async () => {
    const { id, adminName } = freshSpec();
    const { slug } = await publishExport(database.db, { id, adminName });
    const answers = { first_question: { question_type: "TEXT", text: "a" }, unknown: { question_type: "NEW", x: [1] } };
    await importRecords(slug, [
      makeRecord(1),
      makeRecord(2, { application: answers }),
      makeRecord(3, { application: answers, program_version_id: id, status: "Approved", extra: { a: "" } }),
      makeRecord(4, { application: {}, program_version_id: id, revision_state: "OBSOLETE" }),
    ]);
    const questions = [{ name: "first question", type: "number" }, { name: "second question" }];
    await publishExport(database.db, { id: id + 1, adminName, questions });
    const served = await listAll(database.db, slug);
    expect(served.join()).toContain("second_question");
    const file = `${served.join("\n")}\n`;
    expect(await importInto(database.db, slug, file)).toEqual(counts(4, 0, 0, 4));
    // An answer that differs is still an update, and what was not answered may be stored with it.
    const changed = file.replace('"text":"a"', '"text":"b"');
    expect(await importInto(database.db, slug, changed)).toEqual(counts(4, 0, 1, 3));
    expect(await importInto(database.db, slug, changed)).toEqual(counts(4, 0, 0, 4));
    expect(await listAll(database.db, slug)).toEqual(changed.trim().split("\n"));
  });

  test("is unchanged by the same file, and by what the API serves of it, once the version of its entities came", async () => {
    const { id, adminName } = freshSpec();
    const { slug } = await publishExport(database.db, { id, adminName });
    const member = (name: string) => ({ entity_name: name, unknown: [1] });
    const members = (...entities: object[]) => ({ members: { question_type: "ENUMERATOR", entities } });
    const records = [members(member("Ada"), member("Bo")), members(), {}].map((application, index) =>
      makeRecord(index + 1, { application, program_version_id: id + 1 }),
    );
    await importRecords(slug, records);
    const questions = [
      { name: "members", type: "enumerator" },
      { name: "birth date", under: "members" },
    ];
    await publishExport(database.db, { id: id + 1, adminName, questions, idsFrom: 50 });
    const served = await listAll(database.db, slug);
    expect(served.join()).toContain("birth_date");
    const file = `${served.join("\n")}\n`;
    for (const same of [records, file]) {
      expect(await importInto(database.db, slug, same)).toEqual(counts(3, 0, 0, 3));
    }
    const changed = file.replace('"text":null', '"text":"b"');
    expect(await importInto(database.db, slug, changed)).toEqual(counts(3, 0, 1, 2));
    expect(await listAll(database.db, slug)).toEqual(changed.trim().split("\n"));
  });

  test("that became OBSOLETE stays so, while the rest is still updated", async () => {
    const slug = await freshProgram(database.db);
    await importRecords(slug, [makeRecord(1)]);
    expect(await importRecords(slug, [makeRecord(1, { revision_state: "OBSOLETE" })])).toEqual(counts(1, 0, 1, 0));
    expect(await importRecords(slug, [makeRecord(1)])).toEqual(counts(1, 0, 0, 1));
    expect(await importRecords(slug, [makeRecord(1, { status: "Late" })])).toEqual(counts(1, 0, 1, 0));
    expect(await applicationsOf(slug)).toMatchObject([
      { application_id: 1, revision_state: "OBSOLETE", status: "Late" },
    ]);
  });

  test("keeps its id for itself in every program", async () => {
    const slugs = [await freshProgram(database.db), await freshProgram(database.db)];
    for (const slug of slugs) {
      expect(await importRecords(slug, [makeRecord(1, { status: slug })])).toEqual(counts(1, 1, 0, 0));
    }
    for (const slug of slugs) expect(await applicationsOf(slug)).toMatchObject([{ status: slug }]);
  });
});

describe("an id that is repeated in a file", () => {
  test("is one application, as the last record has it, however far apart they are", async () => {
    const slug = await freshProgram(database.db);
    const others = Array.from({ length: 1200 }, (_, index) => makeRecord(index + 10));
    const records = [
      makeRecord(1, { status: "first" }),
      ...others,
      makeRecord(1, { status: "second" }),
      makeRecord(5),
      makeRecord(1, { status: "last" }),
    ];
    expect(await importRecords(slug, records)).toEqual(counts(1204, 1202, 0, 2));
    expect((await applicationsOf(slug)).filter(({ application_id }) => application_id === 1)).toEqual([]);
    const rest = await listAll(database.db, slug, {
      last: { applicationId: "2", modification: null },
    });
    expect(rest.map((text) => JSON.parse(text).status)).toEqual(["last"]);
    expect(await importRecords(slug, records)).toEqual(counts(1204, 0, 0, 1204));
  });

  test("is OBSOLETE if any of its records is, and otherwise as the last one has it", async () => {
    const slug = await freshProgram(database.db);
    await importRecords(slug, [makeRecord(1, { revision_state: "OBSOLETE" }), makeRecord(1, { status: "last" })]);
    expect(await applicationsOf(slug)).toMatchObject([{ revision_state: "OBSOLETE", status: "last" }]);
  });
});

describe("a bad record", () => {
  const good = JSON.stringify(makeRecord(1));
  const later = JSON.stringify(makeRecord(2));
  const bad = JSON.stringify(makeRecord(3, { application_id: "three" }));

  test("stops the file, is named by number, line and field, and nothing of the file is kept", async () => {
    const slug = await freshProgram(database.db);
    const many = Array.from({ length: 1500 }, (_, index) => JSON.stringify(makeRecord(index + 10)));
    const files: Record<string, string> = {
      "Record 2 (line 3): application_id must be an integer.": `${good}\n\n${bad}\n${later}`,
      "Record 2: application_id must be an integer.": `{"payload":[${good},${bad}]}`,
      "Record 1501 (line 1501): application_id must be an integer.": [...many, bad].join("\n"),
      "JSON is incorrectly formatted: the file ends before its list does (after record 1).": `[${good},{`,
    };
    for (const [message, text] of Object.entries(files)) {
      // Awaited first: while `rejects` waits, Bun gives the import a turn every few hundred milliseconds.
      const outcome = await importInto(database.db, slug, text).catch((error) => error);
      expect(outcome).toMatchObject({ code: "invalid", message });
      expect(await applicationsOf(slug)).toEqual([]);
    }
  });

  test("is skipped and handed to the caller when that is asked for, and the rest is imported", async () => {
    const slug = await freshProgram(database.db);
    const rejected: RejectedRecord[] = [];
    const bytes = (text: string) => new TextEncoder().encode(text);
    const notText = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]);
    const file = Buffer.concat([bytes(`${good}\n${bad}\n`), notText, bytes(`\n{"a":\n${later}\n`)]);
    const result = await importInto(database.db, slug, file, {
      skipInvalid: true,
      onReject: ({ message, bytes }) => {
        rejected.push({ message, bytes: bytes?.slice() ?? null });
      },
    });
    expect(result).toEqual(counts(5, 2, 0, 0, 3));
    expect((await applicationsOf(slug)).map(({ application_id }) => application_id)).toEqual([2, 1]);
    expect(rejected.map(({ message }) => message)).toEqual([
      "Record 2 (line 2): application_id must be an integer.",
      "Record 3 (line 3): the text is not UTF-8.",
      "Record 4 (line 4): JSON is incorrectly formatted: A value is expected at the end (character 6).",
    ]);
    expect(rejected.map((each) => [...(each.bytes ?? [])])).toEqual([
      [...bytes(bad)],
      [...notText],
      [...bytes('{"a":')],
    ]);
  });

  test("is skipped, but a list that ends early is refused all the same", async () => {
    const slug = await freshProgram(database.db);
    const imported = importInto(database.db, slug, `[${good},`, { skipInvalid: true });
    await expect(imported).rejects.toMatchObject({ code: "invalid" });
    expect(await applicationsOf(slug)).toEqual([]);
  });

  test("is also one of more than 16 MiB, which takes constant memory", async () => {
    const slug = await freshProgram(database.db);
    async function* source() {
      yield new TextEncoder().encode(`${good}\n{"x":"`);
      for (let index = 0; index < 17; index++) yield new Uint8Array(1024 * 1024).fill(0x78);
      yield new TextEncoder().encode(`"}\n${later}\n`);
    }
    const rejected: RejectedRecord[] = [];
    const result = await importApplications(database.db, {
      ...{
        slug,
        source: source(),
        name: "big",
        skipInvalid: true,
        actor: operator,
        now: importedAt,
      },
      onReject: (record) => {
        rejected.push(record);
      },
    });
    expect(result).toEqual(counts(3, 2, 0, 0, 1));
    expect(rejected).toEqual([{ message: "Record 2 (line 2): a record may have 16 MiB at most.", bytes: null }]);
  });
});

describe("a source", () => {
  test("that fails half-way leaves nothing behind, and its error is the caller's", async () => {
    const slug = await freshProgram(database.db);
    async function* source() {
      for (let id = 1; id <= 1200; id++) {
        yield new TextEncoder().encode(`${JSON.stringify(makeRecord(id))}\n`);
      }
      throw new Error("the line went dead");
    }
    const importing = importApplications(database.db, {
      ...{
        slug,
        source: source(),
        name: "dead",
        skipInvalid: true,
        actor: operator,
        now: importedAt,
      },
    });
    const outcome = await importing.catch((error) => error);
    expect(outcome.message).toContain("the line went dead");
    expect(await applicationsOf(slug)).toEqual([]);
    expect(await importRecords(slug, [makeRecord(1)])).toEqual(counts(1, 1, 0, 0));
  });

  test("of 64 MB is read in a fraction of that memory", async () => {
    const slug = await freshProgram(database.db);
    const line = new Uint8Array(1024 * 1024).fill(0xff);
    line[line.length - 1] = 0x0a;
    // What is only waiting for the collector is not held.
    const measure = () => {
      Bun.gc(true);
      return process.memoryUsage().heapUsed;
    };
    const before = measure();
    let held = 0;
    async function* source() {
      for (let index = 0; index < 63; index++) yield line;
      held = measure() - before;
      yield line;
    }
    const result = await importApplications(database.db, {
      ...{
        slug,
        source: source(),
        name: "long",
        skipInvalid: true,
        actor: operator,
        now: importedAt,
      },
    });
    expect(result).toEqual(counts(64, 0, 0, 0, 64));
    expect(held).toBeLessThan(32 * 1024 * 1024);
  });
});

describe("at the same moment", () => {
  test("imports of the same applications into one program both succeed, and nothing is doubled", async () => {
    const slug = await freshProgram(database.db);
    const records = Array.from({ length: 600 }, (_, index) =>
      makeRecord(index + 1, { application: { [`key_${index % 7}`]: {} } }),
    );
    const results = await Promise.all([
      importRecords(slug, records),
      importRecords(slug, records.toReversed()),
      importRecords(slug, records),
    ]);
    const sum = (name: "inserted" | "updated" | "unchanged") =>
      results.reduce((total, result) => total + result[name], 0);
    expect([sum("inserted"), sum("updated"), sum("unchanged")]).toEqual([600, 0, 1200]);
  });

  test("imports into two programs share nothing", async () => {
    const slugs = [await freshProgram(database.db), await freshProgram(database.db)];
    const results = await Promise.all(slugs.map((slug) => importRecords(slug, [makeRecord(1), makeRecord(2)])));
    expect(results).toEqual([counts(2, 2, 0, 0), counts(2, 2, 0, 0)]);
  });
});

test("applications with the same questions share one outline, whatever the order of the questions", async () => {
  const slug = await freshProgram(database.db);
  const q = { question_type: "TEXT", text: "x" };
  await importRecords(slug, [
    makeRecord(1, { application: { a: q, b: q } }),
    makeRecord(2, { application: { b: q, a: q } }),
    makeRecord(3, { application: { a: q } }),
    makeRecord(4, { application: { a: q, b: q }, program_version_id: 9 }),
  ]);
  await importRecords(slug, [makeRecord(5, { application: { b: q, a: q } })]);
  const outlines = await database.client`
    select question_keys, array_agg(application_id::int order by application_id) as ids
    from application_shapes outline join applications on shape_id = outline.id
    join programs on programs.id = outline.program_id where slug = ${slug}
    group by outline.id order by ids`;
  expect(outlines.map(({ question_keys, ids }) => [question_keys, ids])).toEqual([
    [
      ["a", "b"],
      [1, 2, 5],
    ],
    [["a"], [3]],
    [["a", "b"], [4]],
  ]);
});

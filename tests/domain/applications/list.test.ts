import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { PagePosition } from "../../../src/domain/applications/page-tokens.ts";
import { renderHeadsIn } from "../../../src/domain/applications/stored/all-heads.ts";
import { importProgram } from "../../../src/domain/programs/import.ts";
import { publishProgram } from "../../../src/domain/programs/publish.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import {
  operator as actor,
  type ExportSpec,
  freshSpec,
  importInto,
  instanceZone,
  makeExport,
  makeRecord,
  importedAt as now,
  publishExport,
  type QuestionSpec,
} from "../../support/imports.ts";
import { listAll, listPage } from "../../support/listing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** Publishes versions of one program, one after the other, under ids that follow each other. */
async function publishVersions(...versions: QuestionSpec[][]): Promise<{ slug: string; id: number }> {
  const spec = freshSpec();
  for (const [index, questions] of versions.entries()) {
    await publishExport(database.db, { ...spec, id: spec.id + index, questions });
  }
  return { slug: spec.adminName, id: spec.id };
}
const importDraft = (spec: ExportSpec) =>
  importProgram(database.db, {
    text: JSON.stringify(makeExport(spec)),
    publish: false,
    actor,
    now,
  });

const text = (value: string) => ({ question_type: "TEXT", text: value });
const noText = { question_type: "TEXT", text: null };
const answersOf = async (slug: string): Promise<Record<string, unknown>[]> =>
  (await listAll(database.db, slug)).map((each) => JSON.parse(each).application);

describe("the union rule", () => {
  test("shows every question of three published versions, those of other versions unanswered", async () => {
    const { slug, id } = await publishVersions(
      [{ name: "stays" }, { name: "goes", type: "date" }],
      [{ name: "stays" }, { name: "comes", type: "email" }],
      [{ name: "stays" }, { name: "goes!", type: "number" }, { name: "last", type: "enumerator" }],
    );
    await importInto(database.db, slug, [
      makeRecord(1, {
        program_version_id: id,
        application: { stays: text("a"), goes: { question_type: "DATE", date: "2026-01-01" } },
      }),
      makeRecord(2, { program_version_id: id + 1, application: { stays: text("b") } }),
      makeRecord(3, { program_version_id: id + 2, application: { last: text("odd") } }),
    ]);
    const comes = { question_type: "EMAIL", email: null };
    const goes = { question_type: "NUMBER", number: null };
    const last = { question_type: "ENUMERATOR", entities: [] };
    expect(await answersOf(slug)).toEqual([
      { last: text("odd"), stays: noText, goes, comes },
      { stays: text("b"), goes, comes, last },
      { stays: text("a"), goes: { question_type: "DATE", date: "2026-01-01" }, comes, last },
    ]);
  });

  test("puts an application's own question of a key before those of later versions", async () => {
    const { slug, id } = await publishVersions(
      [{ name: "color", type: "date" }],
      [{ name: "color" }, { name: "color!", type: "number" }],
    );
    await importInto(database.db, slug, [
      makeRecord(1, { program_version_id: id }),
      makeRecord(2, { program_version_id: id + 1 }),
      makeRecord(3),
    ]);
    const number = { question_type: "NUMBER", number: null };
    expect(await answersOf(slug)).toEqual([
      { color: number },
      { color: number },
      { color: { question_type: "DATE", date: null } },
    ]);
  });

  test("grows with a version that is published later, for applications that are there", async () => {
    const { slug, id } = await publishVersions([{ name: "first" }]);
    await importInto(database.db, slug, [makeRecord(1, { program_version_id: id })]);
    expect(await answersOf(slug)).toEqual([{ first: noText }]);
    await publishExport(database.db, {
      adminName: slug,
      id: id + 1,
      questions: [{ name: "next" }],
    });
    expect(await answersOf(slug)).toEqual([{ first: noText, next: noText }]);
  });

  test("leaves a draft out, but for the applications that belong to it, as it is now", async () => {
    const { slug, id } = await publishVersions([{ name: "first" }]);
    const draft = { adminName: slug, id: id + 1 };
    await importDraft({ ...draft, questions: [{ name: "drafted" }] });
    await importInto(database.db, slug, [
      makeRecord(1, { program_version_id: id }),
      makeRecord(2, { program_version_id: id + 1 }),
    ]);
    expect(await answersOf(slug)).toEqual([{ first: noText, drafted: noText }, { first: noText }]);
    await importDraft({ ...draft, questions: [{ name: "redrafted" }] });
    expect(await answersOf(slug)).toEqual([{ first: noText, redrafted: noText }, { first: noText }]);
  });

  test("does not reach into entities: they have the questions of their own version only", async () => {
    const { slug, id } = await publishVersions(
      [
        { name: "people", type: "enumerator" },
        { name: "old", under: "people" },
      ],
      [
        { name: "people", type: "enumerator" },
        { name: "new", under: "people" },
      ],
    );
    const application = {
      people: { question_type: "ENUMERATOR", entities: [{ entity_name: "Bo" }] },
    };
    await importInto(database.db, slug, [
      makeRecord(1, { program_version_id: id, application }),
      makeRecord(2, { program_version_id: id + 1, application }),
      makeRecord(3, { application }),
    ]);
    const entityOf = (more: object) => ({
      people: { question_type: "ENUMERATOR", entities: [{ entity_name: "Bo", ...more }] },
    });
    expect(await answersOf(slug)).toEqual([entityOf({}), entityOf({ new: noText }), entityOf({ old: noText })]);
  });
});

describe("a version that comes after its applications", () => {
  test("completes their entities when they are read, and when they are imported again", async () => {
    const { slug, id } = await publishVersions([{ name: "first" }]);
    const people = { question_type: "ENUMERATOR", entities: [{ entity_name: "" }] };
    const records = [makeRecord(1, { program_version_id: id + 5, application: { people } })];
    await importInto(database.db, slug, records);
    expect(await answersOf(slug)).toEqual([{ people, first: noText }]);

    const questions = [
      { name: "people", type: "enumerator" },
      { name: "jobs", type: "enumerator", under: "people" },
      { name: "pay", under: "jobs" },
    ];
    await importDraft({ adminName: slug, id: id + 5, questions });
    const jobs = { question_type: "ENUMERATOR", entities: [] };
    const complete = { question_type: "ENUMERATOR", entities: [{ entity_name: "", jobs }] };
    expect(await answersOf(slug)).toEqual([{ people: complete, first: noText }]);
    await publishProgram(database.db, { slug, actor, now });
    expect(await answersOf(slug)).toEqual([{ people: complete, first: noText }]);

    expect(await importInto(database.db, slug, records)).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await answersOf(slug)).toEqual([{ people: complete, first: noText }]);
  });

  test("of another program completes nothing", async () => {
    const questions = [
      { name: "people", type: "enumerator" },
      { name: "pay", under: "people" },
    ];
    const other = await publishVersions(questions);
    const { slug } = await publishVersions([{ name: "first" }]);
    const people = { question_type: "ENUMERATOR", entities: [{}] };
    await importInto(database.db, slug, [makeRecord(1, { program_version_id: other.id, application: { people } })]);
    expect(await answersOf(slug)).toEqual([{ people, first: noText }]);
  });
});

describe("a listing", () => {
  const submitted = (micros: number) => `2025-11-03T18:30:00.${String(micros).padStart(6, "0")}Z`;
  const timeOf = (micros: number) => BigInt(Date.UTC(2025, 10, 3, 18, 30)) * 1000n + BigInt(micros);
  let slug: string;
  beforeAll(async () => {
    ({ slug } = await publishVersions([{ name: "first" }]));
    const records = Array.from({ length: 30 }, (_, index) =>
      makeRecord(index + 1, {
        submit_time: submitted((index * 7) % 30),
        revision_state: index % 3 === 0 ? "OBSOLETE" : "CURRENT",
      }),
    );
    await importInto(database.db, slug, records);
  });
  const list = async (filter: Parameters<typeof listPage>[2]) => {
    const page = await listPage(database.db, slug, filter);
    return { ...page, ids: page.applications.map((each) => JSON.parse(each).application_id) };
  };

  test("gives every application once, ids descending, however the pages are cut and filtered", async () => {
    const bound = fc.option(fc.integer({ min: -1, max: 31 }), { nil: null });
    const state = fc.constantFrom(null, "CURRENT" as const, "OBSOLETE" as const);
    const search = fc.record({
      limit: fc.integer({ min: 1, max: 31 }),
      from: bound,
      to: bound,
      state,
    });
    await fc.assert(
      fc.asyncProperty(search, async ({ limit, from, to, state: revisionState }) => {
        const expected = Array.from({ length: 30 }, (_, index) => 30 - index).filter((id) => {
          const micros = ((id - 1) * 7) % 30;
          const isObsolete = (id - 1) % 3 === 0;
          if (from !== null && micros < from) return false;
          if (to !== null && micros >= to) return false;
          return revisionState === null || (revisionState === "OBSOLETE") === isObsolete;
        });
        const seen: number[] = [];
        let last: PagePosition | null = null;
        for (let hasMore = true; hasMore; ) {
          const page = await list({
            ...{ limit, last, revisionState },
            fromTime: from === null ? null : timeOf(from),
            toTime: to === null ? null : timeOf(to),
          });
          seen.push(...page.ids);
          expect(page.ids.length).toBeLessThanOrEqual(limit);
          expect(page.last?.applicationId).toBe(page.ids.at(-1)?.toString());
          last = page.last;
          hasMore = page.hasMore;
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test("takes times before and after everything that PostgreSQL can store", async () => {
    const ages = 400_000_000_000_000_000n;
    expect((await list({ fromTime: -ages, toTime: ages })).ids).toHaveLength(30);
    expect((await list({ fromTime: ages })).ids).toEqual([]);
    expect((await list({ toTime: -ages })).ids).toEqual([]);
  });

  test("writes times in the instance's zone, in the contract's order of keys", async () => {
    const { signal } = new AbortController();
    const onProgress = () => {};
    const inZone = (zone: string) => renderHeadsIn(database.db, { zone, signal, onProgress });
    await inZone("Asia/Kolkata");
    const { applications } = await list({ last: { applicationId: "2", modification: null } });
    await inZone(instanceZone);
    expect(applications).toEqual([
      `{"applicant_id":1001,"application_id":1,"create_time":"2025-11-03T23:30:00+05:30","language":null,` +
        `"program_name":"${slug}","program_version_id":null,"revision_state":"OBSOLETE","status":null,` +
        `"status_last_modified_time":null,"application_note":null,"submit_time":"2025-11-04T00:00:00+05:30",` +
        `"submitter_type":null,"ti_email":null,"ti_organization":null,` +
        `"application":{"first":{"question_type":"TEXT","text":null}}}`,
    ]);
  });

  test("gives nothing of another program", async () => {
    const other = await publishVersions([{ name: "first" }]);
    expect(await listAll(database.db, other.slug)).toEqual([]);
  });

  test("escapes what metadata hold", async () => {
    const { slug: odd } = await publishVersions([{ name: "first" }]);
    const status = 'a "quoted" \\ text\n\u2028 with é and 😀';
    await importInto(database.db, odd, [makeRecord(1, { status, extra: { a: [1.5] } })]);
    const [only] = await listAll(database.db, odd);
    expect(JSON.parse(only ?? "")).toMatchObject({ status, extra: { a: [1.5] } });
  });
});

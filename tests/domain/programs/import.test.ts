import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { GrantedProgram } from "../../../src/domain/access/grants.ts";
import { allQuestions } from "../../../src/domain/access/questions.ts";
import { findProgramBySlug, listPrograms } from "../../../src/domain/programs/find.ts";
import { listGrantedPrograms, requireActiveProgram } from "../../../src/domain/programs/granted.ts";
import { importProgram } from "../../../src/domain/programs/import.ts";
import { publishProgram } from "../../../src/domain/programs/publish.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import {
  operator as actor,
  type ExportSpec,
  freshSpec,
  grantOn,
  makeExport,
  importedAt as now,
} from "../../support/imports.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** A spec of a program that no other test knows. */
const fresh = (adminName: string) => ({ ...freshSpec(), adminName });
const importSpec = (spec: ExportSpec, publish = false) =>
  importProgram(database.db, { text: JSON.stringify(makeExport(spec)), publish, actor, now });
const two = [{ name: "first question" }, { name: "second question" }];

const versionsOf = (slug: string) =>
  database.client`
  select version.id::float8, stage from program_versions version
  join programs on programs.id = program_id where slug = ${slug} order by version.id`.then((rows) =>
    rows.map(({ id, stage }) => [id, stage]),
  );
const eventsOf = (slug: string) =>
  database.client`
  select actor, action, details from audit_events
  join programs on programs.id = program_id where slug = ${slug} order by audit_events.id`.then((rows) =>
    rows.map((row) => ({ ...row })),
  );

describe("importing", () => {
  test("a new admin name makes a program with a draft under the export's own id", async () => {
    const spec = fresh("Brand New");
    expect(await importSpec({ ...spec, name: "The New One" })).toEqual({
      ...{ slug: "brand-new", version: spec.id, stage: "draft", questions: 1, changed: true },
      published: false,
    });
    expect(await findProgramBySlug(database.db, "brand-new")).toMatchObject({
      ...{ adminName: "Brand New", name: "The New One", programType: "DEFAULT" },
      ...{ activeVersionId: null, draftVersionId: spec.id },
    });
  });

  test("CiviForm's own export is kept to the letter", async () => {
    const file = join(import.meta.dir, "../../fixtures/civiform-program-export.json");
    const text = await Bun.file(file).text();
    const imported = await importProgram(database.db, { text, publish: true, actor, now });
    expect(imported).toMatchObject({ version: 2610, stage: "active", questions: 5 });
    const [row] = await database.client`select definition from program_versions where id = 2610`;
    expect(row?.definition).toBe(text);
  });

  test("a known name makes a draft, and a newer draft replaces it", async () => {
    const spec = fresh("drafts");
    await importSpec(spec, true);
    await importSpec({ ...spec, id: spec.id + 1, questions: two });
    const third = await importSpec({ ...spec, id: spec.id + 2, name: "Renamed" });
    expect(third).toMatchObject({ version: spec.id + 2, stage: "draft", changed: true });
    expect(await versionsOf("drafts")).toEqual([
      [spec.id, "active"],
      [spec.id + 2, "draft"],
    ]);
  });

  test("a draft's id is free again for the draft that replaces it", async () => {
    const spec = fresh("same-id");
    await importSpec(spec);
    expect(await importSpec({ ...spec, questions: two })).toMatchObject({ version: spec.id });
    expect(await versionsOf("same-id")).toEqual([[spec.id, "draft"]]);
  });

  test("an id that another version has is replaced by a new one", async () => {
    const spec = fresh("id-first");
    await importSpec(spec, true);
    const { version } = await importSpec({ ...fresh("id-second"), id: spec.id }, true);
    expect(version).not.toBe(spec.id);
    const again = await importSpec({ ...spec, questions: two }, true);
    expect([spec.id, version]).not.toContain(again.version);
    expect(await requireActiveProgram(database.db, await grantOn(database.db, "id-first"))).toEqual({
      activeVersionId: again.version,
    });
  });

  test("nothing but other ids makes no version, writes nothing and says so", async () => {
    const spec = { ...fresh("only-ids"), questions: two };
    await importSpec(spec, true);
    const events = await eventsOf("only-ids");
    for (const publish of [false, true]) {
      expect(await importSpec({ ...spec, id: spec.id + 50, idsFrom: 700 }, publish)).toEqual({
        ...{ slug: "only-ids", version: spec.id, stage: "active", questions: 2, changed: false },
        published: false,
      });
    }
    expect(await versionsOf("only-ids")).toEqual([[spec.id, "active"]]);
    expect(await eventsOf("only-ids")).toEqual(events);
  });

  test("the newest version counts: what an older one said is a change again", async () => {
    const spec = fresh("back-and-forth");
    await importSpec(spec, true);
    await importSpec({ ...spec, id: spec.id + 1, questions: two });
    expect(await importSpec({ ...spec, id: spec.id + 2 })).toMatchObject({
      ...{ version: spec.id + 2, stage: "draft", changed: true },
    });
  });

  test("publishing an export that is the draft already publishes that draft", async () => {
    const spec = fresh("publish-later");
    await importSpec(spec);
    expect(await importSpec({ ...spec, id: spec.id + 9 }, true)).toEqual({
      ...{ slug: "publish-later", version: spec.id, stage: "active", questions: 1, changed: false },
      published: true,
    });
  });

  test("every change is in the audit trail", async () => {
    const spec = fresh("audited");
    await importSpec(spec, true);
    await importSpec({ ...spec, id: spec.id + 1, questions: two });
    await importSpec({ ...spec, id: spec.id + 2, name: "Other" });
    await publishProgram(database.db, { slug: "audited", actor, now });
    const by = { actor: "operator (CLI)" };
    const [one, next, last] = [spec.id, spec.id + 1, spec.id + 2];
    expect(await eventsOf("audited")).toMatchObject([
      {
        ...by,
        action: "program.imported",
        details: { version: one, replaced: null, questions: 1 },
      },
      { ...by, action: "program.published", details: { version: one, replaced: null } },
      {
        ...by,
        action: "program.imported",
        details: { version: next, replaced: null, questions: 2 },
      },
      {
        ...by,
        action: "program.imported",
        details: { version: last, replaced: next, questions: 1 },
      },
      { ...by, action: "program.published", details: { version: last, replaced: one } },
    ]);
  });
});

describe("refused, with nothing written", () => {
  const countRows = async () => {
    const [row] = await database.client`
      select (select count(*) from programs)::int as programs,
        (select count(*) from program_versions)::int as versions,
        (select count(*) from audit_events)::int as events`;
    return { ...row };
  };
  const refuse = async (spec: ExportSpec, message: string) => {
    const before = await countRows();
    await expect(importSpec(spec, true)).rejects.toMatchObject({ code: "invalid", message });
    await importSpec(spec, true).catch(() => {});
    expect(await countRows()).toEqual(before);
  };

  test("another program's slug", async () => {
    await importSpec(fresh("Taken Name"));
    await refuse(
      fresh("taken name"),
      '"taken name" makes the slug taken-name, which is another program\'s slug ("Taken Name").',
    );
  });

  test("a change from or to EXTERNAL, but not between other types", async () => {
    const [inside, outside] = [fresh("inside"), fresh("outside")];
    await importSpec(inside, true);
    await importSpec({ ...outside, programType: "EXTERNAL" });
    const changeOf = (name: string, type: string) =>
      `A program cannot change from or to EXTERNAL: "${name}" is ${type}.`;
    await refuse({ ...inside, programType: "EXTERNAL" }, changeOf("inside", "DEFAULT"));
    await refuse(outside, changeOf("outside", "EXTERNAL"));
    const screener = { ...inside, id: inside.id + 1, programType: "COMMON_INTAKE_FORM" };
    expect(await importSpec(screener, true)).toMatchObject({ stage: "active" });
    expect(await findProgramBySlug(database.db, "inside")).toMatchObject({
      programType: "COMMON_INTAKE_FORM",
    });
  });

  test("a document that is no export", async () => {
    const before = await countRows();
    const imported = importProgram(database.db, { text: "{", publish: true, actor, now });
    await expect(imported).rejects.toMatchObject({ code: "invalid" });
    await imported.catch(() => {});
    expect(await countRows()).toEqual(before);
  });
});

describe("at the same moment", () => {
  test("imports of one new program make one program with one version", async () => {
    const spec = fresh("raced");
    const results = await Promise.all(Array.from({ length: 6 }, () => importSpec(spec)));
    expect(results.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await versionsOf("raced")).toEqual([[spec.id, "draft"]]);
  });

  test("imports of differing exports leave one draft, and versions of their own to other programs", async () => {
    const spec = fresh("raced-drafts");
    const others = ["raced-a", "raced-b", "raced-c"];
    await Promise.all([
      importSpec(spec),
      importSpec({ ...spec, questions: two }, true),
      ...others.map((adminName) => importSpec({ id: spec.id, adminName })),
    ]);
    const stages = await database.client`
      select stage, count(*)::int as n from program_versions join programs on programs.id = program_id
      where slug = 'raced-drafts' group by stage`;
    for (const { stage, n } of stages) expect([stage, n]).toEqual([stage, 1]);
    const ids = await Promise.all([spec.adminName, ...others].map(versionsOf));
    const all = ids.flat().map(([id]) => id);
    expect(new Set(all).size).toBe(all.length);
  });

  test("of two who publish one draft, one succeeds and one is told that there is none", async () => {
    const spec = fresh("raced-publish");
    await importSpec(spec);
    const publish = () => publishProgram(database.db, { slug: "raced-publish", actor, now });
    const results = await Promise.allSettled([publish(), publish(), publish()]);
    const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason.code] : []));
    expect(refused).toEqual(["conflict", "conflict"]);
    expect(await versionsOf("raced-publish")).toEqual([[spec.id, "active"]]);
  });
});

describe("publishing", () => {
  test("makes the draft active and the active one obsolete, and shows the draft's name from then on", async () => {
    const spec = fresh("renamed");
    await importSpec({ ...spec, name: "Old name" }, true);
    await importSpec({ ...spec, id: spec.id + 1, name: "New name" });
    expect(await findProgramBySlug(database.db, "renamed")).toMatchObject({ name: "Old name" });
    expect(await publishProgram(database.db, { slug: "renamed", actor, now })).toEqual({
      ...{ slug: "renamed", version: spec.id + 1 },
    });
    expect(await findProgramBySlug(database.db, "renamed")).toMatchObject({ name: "New name" });
    expect(await versionsOf("renamed")).toEqual([
      [spec.id, "obsolete"],
      [spec.id + 1, "active"],
    ]);
  });

  test("is refused without a draft, and for a program that is not there", async () => {
    const spec = fresh("no-draft");
    await importSpec(spec, true);
    const publish = (slug: string) => publishProgram(database.db, { slug, actor, now });
    await expect(publish("no-draft")).rejects.toMatchObject({ code: "conflict" });
    await expect(publish("never-heard-of")).rejects.toMatchObject({
      ...{ code: "not_found", message: "Program not found for slug: never-heard-of" },
    });
  });
});

describe("finding and listing", () => {
  test("programs come by slug, hyphens before digits before letters", async () => {
    for (const adminName of ["sort-b", "sortc", "sort2"]) await importSpec(fresh(adminName));
    const slugs = (await listPrograms(database.db)).map(({ slug }) => slug);
    expect(slugs.filter((slug) => slug.startsWith("sort"))).toEqual(["sort-b", "sort2", "sortc"]);
    expect(slugs).toEqual([...slugs].sort());
  });

  test("a text that can be no slug finds nothing, and no error", async () => {
    for (const slug of ["", "\0", "Taken Name", "'; drop table programs", "\ud800"]) {
      expect(await findProgramBySlug(database.db, slug)).toBeUndefined();
    }
  });

  test("a key is told of its own programs only, with what it may do there", async () => {
    const [one, other] = [fresh("granted-one"), fresh("granted-two")];
    await importSpec({ ...one, name: "One" }, true);
    await importSpec(other);
    const read = await grantOn(database.db, "granted-one");
    const grants = [{ ...read, permission: "WRITE" as const }, read, await grantOn(database.db, "granted-two")];
    expect(await listGrantedPrograms(database.db, grants)).toEqual([
      {
        name: "One",
        slug: "granted-one",
        permissions: ["READ", "WRITE"],
        activeVersionId: one.id,
        questions: allQuestions,
      },
      {
        name: "granted-two",
        slug: "granted-two",
        permissions: ["READ"],
        activeVersionId: null,
        questions: allQuestions,
      },
    ]);
    expect(await listGrantedPrograms(database.db, [])).toEqual([]);
  });

  test("a program without an active version, an external one and one that is gone are not found", async () => {
    await importSpec(fresh("draft-only"));
    await importSpec({ ...fresh("elsewhere"), programType: "EXTERNAL" }, true);
    const gone = { ...(await grantOn(database.db, "draft-only")), programId: 999_999 };
    const programs: GrantedProgram[] = [
      await grantOn(database.db, "draft-only"),
      await grantOn(database.db, "elsewhere"),
      gone,
    ];
    for (const program of programs) {
      await expect(requireActiveProgram(database.db, program)).rejects.toMatchObject({
        ...{ code: "invalid", message: `Program not found for slug: ${program.slug}` },
      });
    }
  });
});

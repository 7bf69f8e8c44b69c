import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { retireApiKey } from "../../../src/domain/access/keys/retire.ts";
import { countApplications } from "../../../src/domain/programs/application-counts.ts";
import { getProgramDraft } from "../../../src/domain/programs/draft.ts";
import { importProgram } from "../../../src/domain/programs/import.ts";
import { findImportReport } from "../../../src/domain/programs/import-report.ts";
import { listProgramKeys } from "../../../src/domain/programs/key-holders.ts";
import { getDescribedProgram, programListing } from "../../../src/domain/programs/list.ts";
import { publishProgram } from "../../../src/domain/programs/publish.ts";
import { listProgramVersions } from "../../../src/domain/programs/versions.ts";
import { readPage } from "../../../src/lib/keyset.ts";
import { noAssets, noon, startTestApp, type TestApp } from "../../support/app.ts";
import { actor, makeKey } from "../../support/factories.ts";
import { type ExportSpec, importInto, makeExport, makeRecord } from "../../support/imports.ts";
import { walkPages } from "../../support/page-walk.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  await store({ id: 10, adminName: "alpha", name: "Alpha program" }, true);
  await store({ id: 11, adminName: "alpha", name: "Alpha program", questions: two });
  await store({ id: 20, adminName: "beta" });
  await store({ id: 30, adminName: "gamma", programType: "EXTERNAL" }, true);
  await importInto(
    app.database.db,
    "alpha",
    [1, 2, 3].map((id) => makeRecord(id)),
  );
});
afterAll(() => app.close());

const two = [{ name: "first question" }, { name: "second question" }];
const store = (spec: ExportSpec, publish = false) =>
  importProgram(app.database.db, {
    ...{ text: JSON.stringify(makeExport(spec)), publish, actor, now: noon },
  });
const slugs = async (search: string, isServed = false) => {
  const filter = { actor, search, isServed };
  const { rows, total } = await readPage(programListing(app.database.db, { filter, now: noon }), { limit: 50 });
  expect(total).toEqual({ count: rows.length, hasMore: false });
  return rows.map(({ slug }) => slug);
};
const lookAt = (slug: string) => getDescribedProgram(app.database.db, { slug, actor, now: noon });

describe("the list of programs", () => {
  test("finds by name, admin name, slug and version id, and takes wildcards literally", async () => {
    expect(await slugs("")).toEqual(["alpha", "beta", "gamma"]);
    for (const search of ["ALPHA pro", "lph", "11", "10"]) expect(await slugs(search)).toEqual(["alpha"]);
    for (const search of ["%", "_", "\\", "999999999999999", "1"]) expect(await slugs(search)).toEqual([]);
  });

  test("tells which programs the API serves", async () => {
    expect(await slugs("", true)).toEqual(["alpha"]);
  });

  test("says when a version was published or imported, and how many there are", async () => {
    expect(await lookAt("alpha")).toMatchObject({
      ...{ activeVersionId: 10, draftVersionId: 11, versionCount: 2, isExternal: false },
      ...{ publishedAt: noon, draftedAt: noon },
      applications: { count: 3, hasMore: false, newestAt: new Date("2025-11-03T18:30:00Z") },
    });
    expect(await lookAt("beta")).toMatchObject({ publishedAt: null, draftedAt: noon });
    expect(await lookAt("gamma")).toMatchObject({
      isExternal: true,
      applications: { count: 0, hasMore: false, newestAt: null },
    });
  });

  test("counts the keys that can read now: not writing, retired or expired ones", async () => {
    await makeKey(app, { slug: "beta" });
    await makeKey(app, { slug: "beta", permission: "WRITE" });
    await makeKey(app, { slug: "beta", expiration: "2026-01-16" });
    const { keyId } = await makeKey(app, { slug: "beta" });
    await retireApiKey(app.database.db, { keyId, actor, now: noon });
    expect((await lookAt("beta")).readerCount).toBe(2);
    const later = new Date("2026-01-16T08:00:00Z");
    const beta = await getDescribedProgram(app.database.db, { slug: "beta", actor, now: later });
    expect(beta.readerCount).toBe(1);
  });

  test("counts applications up to a bound and no further", async () => {
    const { id } = await lookAt("alpha");
    for (const [countMax, found] of [
      [2, { count: 2, hasMore: true }],
      [3, { count: 3, hasMore: false }],
    ] as const) {
      const counts = await countApplications(app.database.db, { programIds: [id, -1], countMax });
      expect(counts.get(id)).toMatchObject(found);
      expect(counts.get(-1)).toEqual({ count: 0, hasMore: false, newestAt: null });
    }
  });

  test("pages through a thousand programs, each once, by slug", async () => {
    await app.database.client`
      insert into programs (slug, admin_name, name, program_type, created_at)
      select 'many-' || i, 'many ' || i, 'Many', 'DEFAULT', now() from generate_series(1, 1000) i`;
    const list = programListing(app.database.db, { filter: { actor, search: "Many" }, now: noon });
    const seen = (await walkPages(list, 150)).map(({ slug }) => slug);
    expect(seen).toHaveLength(1000);
    expect(seen).toEqual([...new Set(seen)].sort());
  });

  test("is not found by what can be no slug", async () => {
    for (const slug of ["nothing", "", "' or 1=1", "\0"]) {
      await expect(lookAt(slug)).rejects.toMatchObject({ code: "not_found" });
    }
  });
});

describe("one program", () => {
  test("lists its versions: the draft, the active one, then obsolete ones", async () => {
    await store({ id: 41, adminName: "delta" }, true);
    const later = new Date(noon.getTime() + 1000);
    const text = JSON.stringify(makeExport({ id: 42, adminName: "delta", questions: two }));
    await importProgram(app.database.db, { text, publish: true, actor, now: later });
    await store({ id: 43, adminName: "delta" });
    const { id: programId } = await lookAt("delta");
    const { versions, hasMore } = await listProgramVersions(app.database.db, {
      programId,
      limit: 9,
    });
    expect(versions).toEqual([
      { id: 43, stage: "draft", importedAt: noon, publishedAt: null, questionCount: 1 },
      { id: 42, stage: "active", importedAt: later, publishedAt: later, questionCount: 2 },
      { id: 41, stage: "obsolete", importedAt: noon, publishedAt: noon, questionCount: 1 },
    ]);
    expect(hasMore).toBeFalse();
    const first = await listProgramVersions(app.database.db, { programId, limit: 1 });
    expect(first).toMatchObject({ versions: [{ id: 43 }], hasMore: true });
  });

  test("lists its keys with all their permissions, those that work first", async () => {
    await store({ id: 50, adminName: "epsilon" });
    const both = (["READ", "WRITE"] as const).map((permission) => ({
      slug: "epsilon",
      permission,
    }));
    await makeKey(app, { keyName: "Both", grants: both });
    const retired = await makeKey(app, { keyName: "Retired", slug: "epsilon" });
    await retireApiKey(app.database.db, { keyId: retired.keyId, actor, now: noon });
    await makeKey(app, { keyName: "Soon over", slug: "epsilon", expiration: "2026-01-16" });
    const { id: programId } = await lookAt("epsilon");
    const list = async (now: Date) => {
      const { apiKeys } = await listProgramKeys(app.database.db, { programId, now, limit: 9 });
      return apiKeys.map(({ name, state, permissions }) => [name, state, permissions.join()]);
    };
    expect(await list(noon)).toEqual([
      ["Soon over", "active", "READ"],
      ["Both", "active", "READ,WRITE"],
      ["Retired", "retired", "READ"],
    ]);
    expect(await list(new Date("2026-01-16T08:00:00Z"))).toEqual([
      ["Both", "active", "READ,WRITE"],
      ["Soon over", "expired", "READ"],
      ["Retired", "retired", "READ"],
    ]);
  });

  test("says what publishing its draft would change, and that there is none", async () => {
    const { id } = await lookAt("alpha");
    expect(await getProgramDraft(app.database.db, id)).toEqual({
      ...{ version: 11, name: "Alpha program", questionCount: 2 },
      comparison: {
        version: 10,
        changes: { program: [], added: ["second question"], removed: [], changed: [] },
      },
    });
    const beta = await lookAt("beta");
    expect((await getProgramDraft(app.database.db, beta.id)).comparison).toBeNull();
    const { id: external } = await lookAt("gamma");
    await expect(getProgramDraft(app.database.db, external)).rejects.toMatchObject({
      code: "conflict",
    });
  });

  test("publishes only the draft that was looked at", async () => {
    await store({ id: 60, adminName: "zeta" });
    const publish = (version: number) => publishProgram(app.database.db, { slug: "zeta", version, actor, now: noon });
    await store({ id: 61, adminName: "zeta", questions: two });
    await expect(publish(60)).rejects.toMatchObject({ code: "conflict" });
    expect((await lookAt("zeta")).activeVersionId).toBeNull();
    expect(await publish(61)).toEqual({ slug: "zeta", version: 61 });
  });
});

describe("the report of an import", () => {
  test("compares with the newest version before, also with a draft that is gone since", async () => {
    await store({ id: 70, adminName: "eta" }, true);
    await store({ id: 71, adminName: "eta", questions: two });
    await store({ id: 72, adminName: "eta", questions: [{ name: "second question" }] });
    const { id: programId } = await lookAt("eta");
    const report = (version: number) => findImportReport(app.database.db, { programId, version });
    expect(await report(70)).toEqual({
      ...{ version: 70, questionCount: 1, replaced: null, comparison: null },
    });
    expect(await report(71)).toMatchObject({
      replaced: null,
      comparison: { version: 70, changes: { added: ["second question"], removed: [] } },
    });
    expect(await report(72)).toMatchObject({
      replaced: 71,
      comparison: { version: 71, changes: { added: [], removed: ["first question"] } },
    });
    expect(await report(10)).toBeUndefined();
  });
});

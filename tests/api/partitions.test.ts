import { expect, test } from "bun:test";
import { eraseApplications } from "../../src/domain/applications/erasure/erase.ts";
import { checkHeads } from "../../src/domain/applications/stored/all-heads.ts";
import { syncApplications } from "../../src/domain/civiform/sync/run.ts";
import { getProgramBySlug } from "../../src/domain/programs/find.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { actor, applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";
import { startFakeCiviForm } from "../support/fake-civiform.ts";
import { readPartitionSql } from "../support/partition-sql.ts";
import { submit } from "../support/submission-samples.ts";

const slug = "snow-removal";
const path = `/api/v1/admin/programs/${slug}/applications`;

test.each([
  { way: "hash", chosen: 1, parts: 16 },
  { way: "list", chosen: 2, parts: 2 },
])(
  "a table partitioned by $way as the manual says keeps its rows, keys and triggers, and serves as before",
  async ({ chosen, parts }) => {
    await using app = await openApp();
    const { client, db } = app.database;
    const manual = await readPartitionSql();
    expect(manual).toHaveLength(4);
    const operator = await client.reserve();
    await operator.unsafe([manual[0], manual[chosen], manual[3]].join(""));
    operator.release();
    const grants = (["READ", "WRITE"] as const).map((permission) => ({ slug, permission }));
    const { token } = await makeKey(app, { grants });
    const [made] = await client<{ kind: string; parts: number; triggers: number; keys: number }[]>`
    select relkind as kind,
      (select count(*)::int from pg_inherits where inhparent = pg_class.oid) as parts,
      (select count(*)::int from pg_trigger where tgrelid = pg_class.oid and not tgisinternal) as triggers,
      (select count(*)::int from pg_constraint
       where contype = 'f' and conparentid = 0 and pg_class.oid in (conrelid, confrelid)) as keys
    from pg_class where oid = 'applications'::regclass`;
    expect(made).toEqual({ kind: "p", parts, triggers: 5, keys: 3 });

    /** The ids of a list, in its order, and the time to ask for next. */
    const list = async (query: string) => {
      const response = await app.call(`${path}?${query}`, token);
      expect(response.status).toBe(200);
      const { payload } = (await response.json()) as { payload: { application_id: number }[] };
      return {
        ids: payload.map(({ application_id: id }) => id),
        until: response.headers.get("civikey-modified-until"),
      };
    };
    const setStatus = (id: number, status: string) =>
      app.call(`${path}/${id}/status`, token, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ status }),
      });
    const before = await list("modifiedSince=2000-01-01");
    expect(before.ids).toEqual([1, 2, 3]);
    expect((await list("pageSize=2")).ids).toEqual([3, 2]);

    const records = [applicationRecord(2, { language: "es" }), applicationRecord(3), applicationRecord(4)];
    expect(await importRecords(app, records)).toMatchObject({
      inserted: 1,
      updated: 1,
      unchanged: 1,
    });
    expect((await setStatus(1, "Approved")).status).toBe(200);
    const submitted = await submit(app, token, { applicant_id: 77, language: "en-US", application: {} }, { slug });
    expect(submitted.status).toBe(201);
    const { application_id: id } = (await submitted.json()) as { application_id: number };

    expect((await list(`modifiedSince=${before.until}`)).ids).toEqual([2, 4, 1, id]);
    expect((await list("fromDate=2000-01-01&revisionState=CURRENT")).ids).toEqual(
      [1, 2, 3, 4, id].toSorted((a, b) => b - a),
    );
    const stream = await app.call(path, token, { headers: { accept: "application/x-ndjson" } });
    expect((await stream.text()).trimEnd().split("\n")).toHaveLength(5);
    // A record of another application must not take the place of what was submitted here.
    expect(await importRecords(app, [applicationRecord(id)])).toMatchObject({ unchanged: 1 });
    expect(await checkHeads(db)).toEqual({ checked: 5, wrong: [] });

    const program = await getProgramBySlug(db, slug);
    const choice = { applicationIds: ["1", "3", String(id)] };
    const erased = await eraseApplications(db, { program, choice, reason: "", actor, now: noon });
    expect(erased).toEqual({ erased: 3, remembered: 3 });
    expect((await list("modifiedSince=2000-01-01")).ids).toEqual([2, 4]);
    expect(
      await importRecords(
        app,
        [1, 2, 3].map((number) => applicationRecord(number)),
      ),
    ).toMatchObject({ erased: 2 });
    expect((await list("pageSize=9")).ids).toEqual([4, 2]);
    await expect(client`delete from applications`.then(String)).rejects.toThrow("append-only");

    const fake = startFakeCiviForm(6, slug);
    const pulled = await syncApplications(db, {
      source: { origin: fake.origin, token: new Secret(fake.token) },
      ...{ slug, full: false, due: null, fullBefore: null, actor },
      ...{ now: () => noon, signal: new AbortController().signal, onReject() {}, pause: async () => {} },
    });
    await fake.close();
    const counts = { read: 6, inserted: 2, updated: 2, unchanged: 0, rejected: 0, erased: 2 };
    expect(pulled).toMatchObject({ kind: "done", walk: { counts } });
  },
);

/** An app with two programs, and three applications of the first. */
async function openApp(): Promise<TestApp & AsyncDisposable> {
  const app = await startTestApp();
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "other-program" });
  await importRecords(
    app,
    [1, 2, 3].map((id) => applicationRecord(id)),
  );
  return { ...app, [Symbol.asyncDispose]: app.close };
}

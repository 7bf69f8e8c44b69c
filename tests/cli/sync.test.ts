import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { runCommand } from "../support/command.ts";
import { applicationRecord, importRecords, makeLocalKey, makeProgram } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";
import { listAll } from "../support/listing.ts";

/** Another CiviKey, which is the source. */
let source: ListeningApp;
let here: TestApp;
let token: string;

beforeAll(async () => {
  source = await startListeningApp({ pageSizeMax: 7 });
  here = await startTestApp();
  const now = new Date();
  source.now = now;
  await Promise.all([makeProgram(source), makeProgram(here)]);
  ({ token } = await makeLocalKey(source));
  await importRecords(
    source,
    Array.from({ length: 30 }, (_, index) => applicationRecord(index + 1)),
  );
});
afterAll(() => Promise.all([source.close(), here.close()]));

const sync = (args: readonly string[], env: Record<string, string> = {}) =>
  runCommand(here.database, ["applications", "sync", "--program", "snow-removal", ...args], {
    env: { CIVIFORM_SYNC_TOKEN: token, ...env },
  });
const queries = async () => {
  const [row] = await here.database.client`select count(*)::int as count from applications`;
  return row?.count;
};

describe("applications sync", () => {
  test("pulls from another CiviKey until both have the same, and says what it came to", async () => {
    const first = await sync(["--from", source.url, "--json"]);
    expect(first.stderr).toBe("");
    expect(first.json()).toEqual({
      ...{ read: 30, inserted: 30, updated: 0, unchanged: 0, rejected: 0, erased: 0 },
      ...{ program: "snow-removal", from: source.url, full: true, resumed: false },
    });
    const [ours, theirs] = await Promise.all(
      [here, source].map(({ database }) => listAll(database.db, "snow-removal")),
    );
    expect(ours).toEqual(theirs ?? []);
    const again = await sync([], { CIVIFORM_SYNC_URL: `${source.url}/` });
    expect(again.stdout).toBe("Read 30 applications: 0 new, 0 updated, 30 unchanged, 0 rejected.\n");
    expect(again.exitCode).toBe(0);
  });

  test("shows how it stands", async () => {
    const status = await runCommand(here.database, ["applications", "sync-status", "--json"]);
    expect(status.json()).toMatchObject([
      { slug: "snow-removal", source: source.url, state: "good", pulledTotal: 60, failure: null },
    ]);
    const text = await runCommand(here.database, ["applications", "sync-status"]);
    expect(text.stdout).toMatch(/^snow-removal +good +20\d\d-.* 30 +0 +http/m);
  });

  test("names a rejected record, and pulls the rest", async () => {
    const changed = [1, 2].map((id) => applicationRecord(id, { application_note: "x" }));
    await importRecords(source, changed);
    await here.database.client`update programs set admin_name = 'renamed'`;
    const outcome = await sync(["--from", source.url]);
    await here.database.client`update programs set admin_name = 'snow-removal'`;
    expect(outcome.stdout).toBe("Read 30 applications: 0 new, 0 updated, 0 unchanged, 30 rejected.\n");
    const lines = outcome.stderr.trim().split("\n");
    expect(lines).toHaveLength(20);
    expect(lines[0]).toBe('Application 30: program_name is "snow-removal", but this program is "renamed".');
    expect((await sync(["--from", source.url, "--full", "--json"])).json()).toMatchObject({
      ...{ updated: 2, unchanged: 28, rejected: 0, erased: 0, full: true },
    });
  });

  test("says where to look when the key is refused, and never what the key is", async () => {
    const wrong = btoa(`cvk_AAAAAAAAAAAAAAAAAAAAAA:${"a".repeat(40)}`);
    const outcome = await sync(["--from", source.url], { CIVIFORM_SYNC_TOKEN: wrong });
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stdout).toBe("");
    for (const word of ["401", "expired", "subnets", "READ"]) expect(outcome.stderr).toContain(word);
    expect(outcome.stderr).not.toContain(wrong);
    const status = await runCommand(here.database, ["applications", "sync-status"]);
    expect(status.stdout).toContain("refused the key (401)");
  });

  test("goes nowhere else than the environment names, nor in the clear", async () => {
    const before = await queries();
    const cases: [args: string[], env: Record<string, string>, message: string][] = [
      [[], {}, "Use --from"],
      [["--from", "http://civiform.example.gov"], {}, "must be https"],
      [["--from", `${source.url}/api/v1`], {}, "must be an origin"],
      [["--from", source.url], { CIVIFORM_SYNC_URL: "https://civiform.example.gov" }, "not the origin"],
      [["--from", source.url], { CIVIFORM_SYNC_TOKEN: "" }, "CIVIFORM_SYNC_TOKEN"],
    ];
    for (const [args, env, message] of cases) {
      const outcome = await sync(args, env);
      expect(outcome.exitCode).toBe(2);
      expect(outcome.stderr).toContain(message);
    }
    const bad = await sync(["--from", source.url], { CIVIFORM_SYNC_TOKEN: "not-a-token" });
    expect(bad.exitCode).toBe(1);
    expect(bad.stderr).toContain("must be an API secret token");
    expect(bad.stderr).not.toContain("not-a-token");
    expect(await queries()).toBe(before);
  });

  test("waits for a runner that was killed, and is refused beside one that lives", async () => {
    const client = here.database.client;
    const hold = (seconds: number) => client`update application_syncs
      set lease_token = 'other', lease_until = now() + make_interval(secs => ${seconds})`;
    await hold(1);
    expect((await sync(["--from", source.url])).exitCode).toBe(0);
    await hold(60);
    const renewing = setInterval(() => void hold(60).execute(), 200);
    const refused = await sync(["--from", source.url]);
    clearInterval(renewing);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toBe("Another sync of snow-removal is already running.\n");
    await client`update application_syncs set lease_token = null, lease_until = null`;
  });
});

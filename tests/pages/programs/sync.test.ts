import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { syncApplications } from "../../../src/domain/civiform/sync/run.ts";
import { Secret } from "../../../src/lib/secrets/secret.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { actor, makeAdmin, makeProgram, ownForm, signIn } from "../../support/factories.ts";
import { type FakeCiviForm, startFakeCiviForm } from "../../support/fake-civiform.ts";
import { readText } from "../../support/markup.ts";
import { scrape } from "../../support/metrics.ts";

let app: TestApp;
let fake: FakeCiviForm;
let cookie: string;
let wakes = 0;

beforeAll(async () => {
  fake = startFakeCiviForm(5);
  const source = { origin: fake.origin };
  app = await startTestApp({
    sync: {
      plan: { source, programs: ["snow-removal"], everyMinutes: 15 },
      wake: () => {
        wakes += 1;
      },
    },
  });
  await makeAdmin(app);
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "not-synced" });
  cookie = await signIn(app);
});
afterAll(() => Promise.all([fake.close(), app.close()]));

const open = async (path: string) => {
  const response = await app.request(path, { headers: { cookie } });
  return readText(await response.text());
};
const ask = (slug: string, headers: Record<string, string> = { ...ownForm, cookie }) =>
  app.request(`/admin/programs/${slug}/sync`, { method: "POST", headers });
const sync = () =>
  syncApplications(app.database.db, {
    source: { origin: fake.origin, token: new Secret(fake.token) },
    ...{ slug: "snow-removal", full: false, due: null, fullBefore: null, actor },
    now: () => noon,
    signal: new AbortController().signal,
  });

describe("the page of a program", () => {
  test("names the source before the first run, and has no sync without one", async () => {
    const text = await open("/admin/programs/snow-removal");
    for (const fact of [fake.origin, "Never run", "Next run", "Sync now"]) {
      expect(text).toContain(fact);
    }
    expect(await open("/admin/programs/not-synced")).not.toContain("Sync now");
  });

  test("says how the last run went, and what it skipped", async () => {
    const [, second] = fake.records;
    if (second) Object.assign(second, { submit_time: "never" });
    await sync();
    const text = await open("/admin/programs/snow-removal");
    for (const fact of [
      ...["Up to date, 1 skipped", "just now", "5 read, 4 new, 0 updated", "In 15 minutes"],
      "Application 2: submit_time must be a time with an offset.",
      "Applications synced",
    ]) {
      expect(text).toContain(fact);
    }
    expect(text).not.toContain(fake.token);
  });

  test("says why a run stopped", async () => {
    fake.intercept = () => new Response("<script>secret words</script>", { status: 401 });
    await sync();
    const text = await open("/admin/programs/snow-removal");
    for (const fact of ["Sync failed", "Failed", "refused the key (401)", "that its subnets include"]) {
      expect(text).toContain(fact);
    }
    expect(text).not.toContain("secret words");
    expect(await open("/admin/audit")).toContain("synced applications of the program");
  });
});

describe("Sync now", () => {
  test("is not claimed to be requested by a made-up address", async () => {
    const page = await open("/admin/programs/snow-removal?syncing=1");
    expect(page).not.toContain("Sync requested");
    expect(page).toContain("Sync now");
  });

  test("wakes this server, and requests a sync from every other one", async () => {
    app.now = new Date(noon.getTime() + 60_000);
    const response = await ask("snow-removal");
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/admin/programs/snow-removal?syncing=1");
    expect(wakes).toBe(1);
    const page = await open("/admin/programs/snow-removal?syncing=1");
    expect(page).toContain("Sync requested");
    expect(page).toContain("Starting soon (requested)");
    expect(page).not.toContain("Sync now");
    const [row] = await app.database.client`select requested_at from application_syncs`;
    expect(new Date(row?.requested_at)).toEqual(app.now);
    app.now = noon;
  });

  test("is for admins, from our own page, for configured programs", async () => {
    expect((await ask("snow-removal", ownForm)).status).toBe(303);
    const foreign = { ...ownForm, cookie, "sec-fetch-site": "cross-site" };
    expect((await ask("snow-removal", foreign)).status).toBe(403);
    expect((await ask("not-synced")).status).toBe(409);
    expect((await ask("no-such")).status).toBe(404);
    expect(wakes).toBe(1);
  });
});

test("the metrics give the age of the data, how much was read, and how often a sync failed", async () => {
  app.now = new Date(noon.getTime() + 90_000);
  const samples = (await scrape(app.app)).filter(({ name }) => name.startsWith("civikey_sync_"));
  app.now = noon;
  const labels = { program: "snow-removal" };
  expect(samples).toEqual([
    { name: "civikey_sync_age_seconds", labels, value: 90 },
    { name: "civikey_sync_applications_total", labels, value: 5 },
    { name: "civikey_sync_failures_total", labels, value: 1 },
  ]);
});

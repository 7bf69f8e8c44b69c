import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "../../src/db/client.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type TestDatabase, urlOf } from "../support/database.ts";
import { findDebianPostgres, startDebianPostgres } from "../support/debian-postgres.ts";
import { makeAdmin, makeLocalKey, makeProgram, password } from "../support/factories.ts";
import { type ServerInProcess, startServerInProcess } from "../support/server-in-process.ts";
import { mountSmallDisk } from "../support/small-disk.ts";

const checkAuth = "/api/v1/checkAuth";

/** A server on a database, with an admin who has signed in and a key that was not used yet. */
async function startScene(options: { database?: TestDatabase } = {}) {
  const home: TestApp = await startTestApp(options);
  await makeAdmin(home);
  await makeProgram(home);
  const { token, apiKey } = await makeLocalKey(home);
  const server = await startServerInProcess(urlOf(home.database.target));
  const send = (path: string, fields: Record<string, string>, cookie = "") =>
    server.call(path, undefined, {
      method: "POST",
      redirect: "manual",
      headers: { origin: server.url, cookie },
      body: new URLSearchParams(fields),
    });
  const signedIn = await send("/login", { email: "ada@example.org", password });
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  return { home, server, token, apiKeyId: apiKey.id, cookie, send };
}

type Scene = Awaited<ReturnType<typeof startScene>>;

async function call({ server }: Scene, token: string): Promise<number> {
  const response = await server.call(checkAuth, token);
  await response.arrayBuffer();
  return response.status;
}

async function counts({ home, apiKeyId }: Scene) {
  const [row] = await home.database.client`
    select (select call_count::int from api_key_usage where api_key_id = ${apiKeyId}) as used,
      (select sum(call_count)::int from refusals where reason = 'unknown_key') as refused`;
  return { used: row?.used ?? 0, refused: row?.refused ?? 0 };
}

async function readiness({ server }: { server: ServerInProcess }) {
  const response = await server.call("/readyz");
  return { status: response.status, body: await response.json() };
}

/** Makes calls and tries changes while nothing can be stored, and looks who is told what. */
async function expectNothingLost(scene: Scene, reason: RegExp, end: () => Promise<unknown>) {
  const { server, send, cookie } = scene;
  for (let round = 0; round < 15; round += 1) {
    expect(await call(scene, scene.token)).toBe(200);
    expect(await call(scene, btoa("cvk_nobody:x"))).toBe(401);
  }
  const retire = await send(`/admin/apiKeys/${scene.apiKeyId}/retire`, { password }, cookie);
  expect([retire.status, retire.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await retire.text()).toMatch(reason);
  // Who has not signed in learns no more than that it does not work now.
  const stranger = await send("/login", { email: "ada@example.org", password });
  // A session may still find room in a page that a full disk has already.
  expect(stranger.status).toBeOneOf([303, 503]);
  expect(await stranger.text()).not.toMatch(reason);
  const page = await server.call("/admin/apiKeys", undefined, { headers: { cookie } });
  expect(page.status).toBe(200);
  while ((await readiness(scene)).status === 200) await Bun.sleep(20);
  expect(await readiness(scene)).toEqual({
    status: 503,
    body: { status: "failing", check: "writes" },
  });
  expect(await call(scene, scene.token)).toBe(200);
  expect((await counts(scene)).used).toBe(0);

  await end();
  while ((await readiness(scene)).status !== 200) await Bun.sleep(20);
  for (;;) {
    const { used, refused } = await counts(scene);
    if (used + refused >= 31) break;
    await Bun.sleep(20);
  }
  expect(await counts(scene)).toEqual({ used: 16, refused: 15 });
  expect(await call(scene, scene.token)).toBe(200);
  const again = await send(`/admin/apiKeys/${scene.apiKeyId}/retire`, { password }, cookie);
  expect(again.status).toBe(303);
  expect(await call(scene, scene.token)).toBe(401);
  await server.stop();
}

describe("a database that is read-only", () => {
  let scene: Scene;
  let name: string;
  let keeper: ReturnType<typeof connect>;
  beforeAll(async () => {
    scene = await startScene();
    keeper = connect(scene.home.database.target, { connectionsMax: 1 });
    const [row] = await keeper.client`select current_database() as name`;
    name = row?.name;
  });
  afterAll(async () => {
    await scene.home.close();
    await keeper.close();
  });

  const reconnectAll = () => keeper.client`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;

  test("is reported, refuses changes with the reason only for admins, and loses nothing", async () => {
    await keeper.client.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    await reconnectAll();
    await expectNothingLost(scene, /read-only: it takes no changes/, async () => {
      await keeper.client.unsafe(`alter database ${name} reset default_transaction_read_only`);
      await reconnectAll();
    });
    expect(scene.server.output()).toContain('"problem":"read_only"');
  });
});

const binaries = process.getuid?.() === 0 ? await findDebianPostgres() : undefined;
if (binaries === undefined) console.log("No disk can be filled here: that test is skipped.");

describe.skipIf(binaries === undefined)("a disk that is full", () => {
  test("is reported, refuses changes with the reason only for admins, and loses nothing", async () => {
    const postgres = await startDebianPostgres(binaries ?? "");
    const disk = await mountSmallDisk(await postgres.makeFolder("small"), { megabytes: 24 });
    try {
      if (typeof disk === "string") {
        console.log(`No disk can be filled here, so nothing is tested: ${disk}`);
        return;
      }
      const admin = connect(postgres.url("postgres"), { connectionsMax: 1 });
      const space = await postgres.makeFolder("small/space");
      await admin.client.unsafe(`create tablespace small location '${space}'`);
      await admin.client.unsafe("create database civikey tablespace small");
      await admin.close();
      const target = postgres.url("civikey");
      await migrateDatabase(target);
      const database = { ...connect(target, { connectionsMax: 2 }), target };
      const scene = await startScene({ database });
      await disk.fill();
      await expectNothingLost(scene, /its disk is full/, disk.makeRoom);
      expect(scene.server.output()).toContain('"problem":"disk_full"');
      await scene.home.close();
      await database.close();
    } finally {
      await postgres.stop();
      if (typeof disk !== "string") await disk.remove();
      await postgres.remove();
    }
  });
});

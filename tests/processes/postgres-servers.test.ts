import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type Connection, connect } from "../../src/db/client.ts";
import { describeFailedConnection } from "../../src/db/failed-connection.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { runCommand } from "../support/command.ts";
import { type DatabaseLine, openDatabaseLine } from "../support/database-line.ts";
import { type DebianPostgres, findDebianPostgres, startDebianPostgres } from "../support/debian-postgres.ts";
import { applicationRecord, importRecords, makeLocalKey, makeProgram } from "../support/factories.ts";
import { makeTlsFiles, type TlsFiles, useServerCertificate } from "../support/postgres-tls.ts";
import { type ServerInProcess, startServerInProcess } from "../support/server-in-process.ts";

const binaries = await findDebianPostgres();
const list = "/api/v1/admin/programs/snow-removal/applications";
let primary: DebianPostgres;
let replica: DebianPostgres;
/** Their own connections: others tell their statistics late, with their next statement. */
let primaryConnection: Connection;
let replicaConnection: Connection;
let line: DatabaseLine;
let home: TestApp;
let server: ServerInProcess;
let token: string;
let keyId: string;
let stored = 0;
let tlsFiles: TlsFiles;

beforeAll(async () => {
  if (binaries === undefined) return;
  primary = await startDebianPostgres(binaries);
  const admin = connect(primary.url("postgres"), { connectionsMax: 1 });
  await admin.client`create database civikey`;
  await admin.close();
  await migrateDatabase(primary.url("civikey"));
  replica = await primary.startReplica();
  primaryConnection = connect(primary.url("civikey"), { connectionsMax: 1 });
  replicaConnection = connect(replica.url("civikey"), { connectionsMax: 1 });
  line = await openDatabaseLine(replica.url("civikey"));
  const target = primary.url("civikey");
  home = await startTestApp({ database: { ...connect(target, { connectionsMax: 4 }), target } });
  await makeProgram(home);
  ({ token, keyId } = await newKey());
  await store(250);
  tlsFiles = await makeTlsFiles();
  server = await startServerInProcess(target, { DATABASE_READ_URL: line.url });
});
afterAll(async () => {
  if (binaries === undefined) return;
  // First, or the server waits for connections that say nothing.
  await line.close();
  await server.stop();
  await home.close();
  await home.database.close();
  await primaryConnection.close();
  await replicaConnection.close();
  await tlsFiles.remove();
  await primary.remove();
});
const onReplica = (sql: string) => replicaConnection.client.unsafe(sql);

const newKey = () => makeLocalKey(home);

/** Stores applications with the next higher ids. */
async function store(count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, index) => applicationRecord(stored + index + 1));
  await importRecords(home, records);
  stored += count;
}

const idsDown = (from: number) => Array.from({ length: from }, (_, index) => from - index);

interface Page {
  readonly payload: readonly { readonly application_id: number }[];
  readonly nextPageToken: string | null;
}

async function readPage(query: string, from = server): Promise<{ ids: number[]; next: string | null }> {
  const response = await from.call(`${list}?${query}`, token);
  expect(response.status).toBe(200);
  const { payload, nextPageToken } = (await response.json()) as Page;
  return { ids: payload.map((one) => one.application_id), next: nextPageToken };
}

async function streamIds(): Promise<number[]> {
  const response = await server.call(list, token, { headers: { accept: "application/x-ndjson" } });
  const text = await response.text();
  return text
    .trim()
    .split("\n")
    .map((one) => JSON.parse(one).application_id);
}

/** How many times a server has read applications, as its statistics have it. */
async function scansOf({ client }: Connection): Promise<number> {
  const [row] = await client`
    select (coalesce(idx_scan, 0) + seq_scan)::int as scans from pg_stat_user_tables where relname = 'applications'`;
  return row?.scans ?? 0;
}

/** PostgreSQL's processes tell their statistics once a second; nothing makes those of others hurry. */
const statisticsDelayMs = 1_200;

/** Statistics arrive a second late; and a replica that had a problem rests for two. */
async function untilReplicaIsUsed(): Promise<void> {
  const before = await scansOf(replicaConnection);
  const deadline = performance.now() + 20_000;
  while ((await scansOf(replicaConnection)) === before) {
    expect(performance.now()).toBeLessThan(deadline);
    expect((await server.call(`${list}?pageSize=1`, token)).status).toBe(200);
    await Bun.sleep(100);
  }
}

describe.skipIf(binaries === undefined)("with a streaming replica", () => {
  test("lists, streams and single applications are read from it, not from the primary", async () => {
    // On a machine that is too busy the primary helps out, and the log says so: then it does not count.
    const problems = () => server.output().split('"problem":').length;
    let problemsBefore: number;
    let scans: readonly number[];
    do {
      await untilReplicaIsUsed();
      await Bun.sleep(statisticsDelayMs);
      problemsBefore = problems();
      const before = await scansOf(primaryConnection);
      for (let call = 0; call < 10; call += 1) {
        expect((await server.call(`${list}?pageSize=10`, token)).status).toBe(200);
        expect((await server.call(`${list}/7`, token)).status).toBe(200);
      }
      expect(await streamIds()).toEqual(idsDown(stored));
      await Bun.sleep(statisticsDelayMs);
      scans = [before, await scansOf(primaryConnection)];
    } while (problems() > problemsBefore);
    expect(scans[1]).toBe(scans[0]);
  });

  test("what was just stored is found at once, in the list and by its id, again and again", async () => {
    for (let round = 0; round < 8; round += 1) {
      await store(1);
      const one = await server.call(`${list}/${stored}`, token);
      expect([round, one.status]).toEqual([round, 200]);
      await store(1);
      expect((await readPage("pageSize=1")).ids).toEqual([stored]);
    }
  });

  test("a database that isn't a replica of this one is never read", async () => {
    const stranger = await startTestApp();
    await makeProgram(stranger);
    await importRecords(stranger, [applicationRecord(999_999)]);
    const strange = await openDatabaseLine(stranger.database.target);
    const misled = await startServerInProcess(primary.url("civikey"), {
      DATABASE_READ_URL: strange.url,
    });
    expect((await readPage("pageSize=1", misled)).ids).toEqual([stored]);
    await misled.stop();
    expect(misled.output()).toContain('"problem":"not_its_replica"');
    await strange.close();
    await stranger.close();
  });
});

describe.skipIf(binaries === undefined)("with a streaming replica in trouble", () => {
  afterEach(async () => {
    await line.restore();
    await onReplica("select pg_wal_replay_resume()");
    await untilReplicaIsUsed();
  });

  test("a replica that falls behind hides nothing: page walks and streams have everything stored before", async () => {
    await onReplica("select pg_wal_replay_pause()");
    await store(20);
    const existing = stored;
    const seen: number[] = [];
    let next: string | null = null;
    do {
      const page = await readPage(next === null ? "pageSize=60" : `nextPageToken=${next}`);
      seen.push(...page.ids);
      next = page.next;
      // Walks go on wherever they began.
      if (seen.length === 120) await onReplica("select pg_wal_replay_resume()");
    } while (next !== null);
    expect(seen).toEqual(idsDown(existing));
    expect(await streamIds()).toEqual(idsDown(existing));
    expect(server.output()).toContain('"problem":"behind"');
  });

  test("a retired key is refused at once, though the replica doesn't know it yet", async () => {
    const other = await newKey();
    expect((await server.call(list, other.token)).status).toBe(200);
    await onReplica("select pg_wal_replay_pause()");
    await home.database.client`
      update api_keys set retired_at = now(), retired_by = 'ada@example.org' where key_id = ${other.keyId}`;
    expect((await server.call(list, other.token)).status).toBe(401);
    expect(other.keyId).not.toBe(keyId);
  });

  for (const [name, lose] of [
    ["goes away", () => line.cut()],
    ["says nothing any more", async () => line.silence()],
  ] as const) {
    test(`a replica that ${name} fails no call: the primary answers in time`, async () => {
      await lose();
      for (let call = 0; call < 6; call += 1) {
        const started = performance.now();
        expect((await readPage("pageSize=1")).ids).toEqual([stored]);
        expect(performance.now() - started).toBeLessThan(4_800);
      }
      expect(await streamIds()).toEqual(idsDown(stored));
      expect((await server.call("/readyz")).status).toBe(200);
      expect(server.output()).toContain('"problem":"away"');
    });
  }
});

/** What a new connection finds: whether it is encrypted, whose certificate it showed, and whether it is on a standby. */
async function ask(url: string): Promise<unknown> {
  const { client, close } = connect(url, { connectionsMax: 1 });
  try {
    const [row] = await client`
      select ssl, client_dn as shown, pg_is_in_recovery() as standby from pg_stat_ssl where pid = pg_backend_pid()`;
    return { ...row };
  } catch (error) {
    return describeFailedConnection(error);
  } finally {
    await close();
  }
}

const portOf = (postgres: DebianPostgres) => new URL(postgres.url("civikey")).port;

describe.skipIf(binaries === undefined)("over TLS", () => {
  const url = (parameters: string, { user = "civikey_test", host = "127.0.0.1" } = {}) =>
    `postgres://${user}@${host}:${portOf(primary)}/civikey?${parameters}`;
  const encrypted = { ssl: true, shown: null, standby: false };
  const at = (host = "127.0.0.1") => `DATABASE_URL: PostgreSQL at ${host}:${portOf(primary)}`;

  test("a server without TLS is refused where the URL wants it", async () => {
    for (const mode of ["require", `verify-full&sslrootcert=${tlsFiles.authority}`]) {
      expect(await ask(url(`sslmode=${mode}`))).toBe(
        `${at()} offers no TLS: turn it on there, or set sslmode=disable.`,
      );
    }
  });

  test("each sslmode verifies what it verifies in libpq, and says what is wrong", async () => {
    const root = (name = tlsFiles.authority) => `sslrootcert=${name}`;
    const expired = `${at()} has a certificate that has expired.`;
    const unsigned = `${at()} has a certificate that sslrootcert did not sign.`;
    const otherName = `${at()} has a certificate for another name.`;
    await primaryConnection.client`create role tls_client login`;
    const table: readonly (readonly [keyof TlsFiles["servers"], string, unknown])[] = [
      ["right", `sslmode=verify-full&${root()}`, encrypted],
      ["right", `sslmode=verify-ca&${root()}`, encrypted],
      ["right", "sslmode=require", encrypted],
      ["right", "sslmode=disable", { ...encrypted, ssl: false }],
      ["right", `sslmode=verify-full&${root(tlsFiles.stranger)}`, unsigned],
      ["right", `sslmode=verify-ca&${root(tlsFiles.stranger)}`, unsigned],
      ["right", `sslmode=require&${root(tlsFiles.stranger)}`, unsigned],
      ["right", "sslmode=verify-full&sslrootcert=system", unsigned],
      ["expired", `sslmode=verify-full&${root()}`, expired],
      ["expired", `sslmode=verify-ca&${root()}`, expired],
      ["expired", "sslmode=require", encrypted],
      ["elsewhere", `sslmode=verify-full&${root()}`, otherName],
      ["elsewhere", `sslmode=verify-ca&${root()}`, encrypted],
    ];
    for (const certificate of ["expired", "elsewhere", "right"] as const) {
      await useServerCertificate(primaryConnection.client, tlsFiles, tlsFiles.servers[certificate]);
      const rows = table.filter(([shown]) => shown === certificate);
      // PostgreSQL reads its settings again in its own time.
      const deadline = performance.now() + 5_000;
      let answers: unknown[] = [];
      do answers = await Promise.all(rows.map(([, parameters]) => ask(url(parameters))));
      while (
        !Bun.deepEquals(
          answers,
          rows.map(([, , expected]) => expected),
        ) &&
        performance.now() < deadline
      );
      expect(rows.map(([, parameters], index) => [certificate, parameters, answers[index]])).toEqual(
        rows.map(([...row]) => row),
      );
    }
  });

  test("a client certificate signs a role in, and without one it is refused", async () => {
    const own = `sslcert=${tlsFiles.client}&sslkey=${tlsFiles.client}.key`;
    const parameters = `sslmode=verify-full&sslrootcert=${tlsFiles.authority}`;
    const tlsClient = { user: "tls_client", host: "localhost" };
    expect(await ask(url(`${parameters}&${own}`, tlsClient))).toEqual({ ...encrypted, shown: "/CN=tls_client" });
    expect(await ask(url(parameters, tlsClient))).toBe(
      `${at("localhost")} rejects the connection: connection requires a valid client certificate.`,
    );
    const strange = `sslcert=${tlsFiles.stranger}&sslkey=${tlsFiles.stranger}.key`;
    expect(await ask(url(`${parameters}&${strange}`, tlsClient))).toStartWith(`${at("localhost")} does not accept`);
  });

  test("a server and its commands work over TLS, and a server refuses to start on a wrong certificate", async () => {
    const verified = url(`sslmode=verify-full&sslrootcert=${tlsFiles.authority}`, { host: "localhost" });
    const secure = await startServerInProcess(verified);
    expect((await readPage("pageSize=1", secure)).ids).toEqual([stored]);
    await secure.stop();
    const status = await runCommand({ target: verified }, ["database", "status", "--json"]);
    expect(status).toMatchObject({ exitCode: 0, stderr: "" });
    const wrong = url(`sslmode=verify-full&sslrootcert=${tlsFiles.stranger}`);
    const refused = await runCommand({ target: wrong }, ["keys", "list"]);
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: `${at()} has a certificate that sslrootcert did not sign.\n`,
    });
  });
});

describe.skipIf(binaries === undefined)("with several hosts", () => {
  const url = (hosts: readonly string[], attributes: string) =>
    `postgres://civikey_test@${hosts.join(",")}/civikey?target_session_attrs=${attributes}&sslmode=disable`;
  const place = (postgres: DebianPostgres) => `127.0.0.1:${portOf(postgres)}`;
  const found = { ssl: false, shown: null };

  test("the server that is wanted is found, wherever it is in the list", async () => {
    const [first, second, nobody] = [place(primary), place(replica), "127.0.0.1:1"];
    expect(await ask(url([second, first], "read-write"))).toEqual({ ...found, standby: false });
    expect(await ask(url([nobody, second, first], "primary"))).toEqual({ ...found, standby: false });
    expect(await ask(url([first, second], "standby"))).toEqual({ ...found, standby: true });
    expect(await ask(url([nobody, second], "any"))).toEqual({ ...found, standby: true });
    const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const slow = `${url([`127.0.0.1:${silent.port}`, first], "read-write")}&connect_timeout=1`;
    expect(await ask(slow)).toEqual({ ...found, standby: false });
    silent.stop(true);
  });

  test("when there is no primary, the reason for each host is said; and a server doesn't start on a standby", async () => {
    const none = "DATABASE_URL: no server can be used: PostgreSQL at 127.0.0.1:1 refuses connections; ";
    const standby = `PostgreSQL at ${place(replica)} is a standby, and the primary is needed`;
    expect(await ask(url(["127.0.0.1:1", place(replica)], "read-write"))).toBe(`${none}${standby}.`);
    expect(await ask(url([place(replica)], "read-write"))).toBe(`DATABASE_URL: ${standby}.`);
    await expect(startServerInProcess(replica.url("civikey"))).rejects.toThrow(/is a standby/);
  });

  test("a pool finds the primary that took over, without a restart", async () => {
    const { client, close } = connect(url([place(primary), place(replica)], "read-write"), { connectionsMax: 2 });
    expect([...(await client`select 1 as one`)]).toEqual([{ one: 1 }]);
    await primary.stop();
    await onReplica("select pg_promote()");
    const deadline = performance.now() + 20_000;
    let isBack = false;
    while (!isBack && performance.now() < deadline) {
      isBack = await client`create table took_over as select 1 as one`.then(
        () => true,
        () => false,
      );
      if (!isBack) await Bun.sleep(50);
    }
    expect([...(await client`select one from took_over`)]).toEqual([{ one: 1 }]);
    await close();
    await primary.start();
  });
});

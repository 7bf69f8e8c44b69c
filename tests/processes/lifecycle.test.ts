import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { readConfig } from "../../src/instance/open.ts";
import { startServer } from "../../src/server.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { runCommand, saltText } from "../support/command.ts";
import { openEmptyDatabase, openTestDatabase, urlOf } from "../support/database.ts";
import { applicationRecord, importRecords, makeAdmin, makeLocalKey, makeProgram } from "../support/factories.ts";
import { startServerProcess } from "../support/server-process.ts";

let home: TestApp;
let token: string;
const applicationCount = 3_000;
const list = "/api/v1/admin/programs/snow-removal/applications";
/** So much that nothing between server and client can hold it all. */
const filler = "x".repeat(20_000);

beforeAll(async () => {
  home = await startTestApp();
  await makeAdmin(home);
  await makeProgram(home);
  ({ token } = await makeLocalKey(home));
  const application = { applicant_name: { question_type: "TEXT", text: filler } };
  await importRecords(
    home,
    Array.from({ length: applicationCount }, (_, index) => applicationRecord(index + 1, { application })),
  );
}, 60_000);
afterAll(() => home.close());

/** Asks for a list, the whole of it as a stream unless told otherwise, and reads nothing of it but its beginning. */
async function beginStream(url: string, { mediaType = "application/x-ndjson", query = "" } = {}): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const request = [
    `GET ${list}${query} HTTP/1.1`,
    "Host: localhost",
    `Authorization: Basic ${token}`,
    `Accept: ${mediaType}`,
    "Connection: close",
  ];
  socket.write(`${request.join("\r\n")}\r\n\r\n`);
  await new Promise((resolve) => socket.once("readable", resolve));
  return socket;
}

/** Reads on to the end; how many whole records came, and whether the stream ended as it should. */
async function readRest(socket: Socket) {
  let text = "";
  try {
    for await (const chunk of socket) text += String(chunk);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ECONNRESET")) throw error;
  }
  const records = text.match(/"application_id":/g)?.length ?? 0;
  return { records, isWhole: /(\r\n0\r\n\r\n|"nextPageToken":"[\w-]+"\})$/.test(text) };
}

describe("SIGTERM", () => {
  test("lets a stream in flight finish, refuses new connections, and exits cleanly", async () => {
    const server = await startServerProcess(urlOf(home.database.target));
    const stream = await beginStream(server.url);
    const ended = server.end("SIGTERM");
    const isRefused = async () =>
      fetch(`${server.url}/livez`, { keepalive: false }).then(
        () => false,
        () => true,
      );
    while (!(await isRefused())) await Bun.sleep(20);
    expect(await readRest(stream)).toEqual({ records: applicationCount, isWhole: true });
    expect(await ended).toBe(0);
    expect(server.output()).toContain('"msg":"stopped"');
  }, 60_000);

  test("lets a page in flight finish, however slowly it is read", async () => {
    const server = await startServerProcess(urlOf(home.database.target));
    const mediaType = "application/json";
    const page = await beginStream(server.url, { mediaType, query: "?pageSize=700" });
    const ended = server.end("SIGTERM");
    await Bun.sleep(1_000);
    expect(await readRest(page)).toEqual({ records: 700, isWhole: true });
    expect(await ended).toBe(0);
  }, 60_000);

  test("cuts off a stream that nobody reads after the time limit, recognizably incomplete", async () => {
    const server = await startServer(
      readConfig({
        DATABASE_URL: urlOf(home.database.target),
        SECRET_KEY: "test secret key 0123456789 abcdef",
        CIVIFORM_API_SECRET_SALT: saltText,
        PORT: "0",
        LOG_LEVEL: "silent",
      }),
    );
    const stream = await beginStream(server.baseUrl.replace("localhost", "127.0.0.1"));
    await server.stop({ drainSeconds: 0.5 });
    const { records, isWhole } = await readRest(stream);
    expect(records).toBeLessThan(applicationCount);
    expect(isWhole).toBe(false);
  }, 60_000);
});

describe("the schema", () => {
  test("is created once when several servers start on an empty database", async () => {
    const database = await openEmptyDatabase();
    const url = urlOf(database.target);
    const servers = await Promise.all([1, 2, 3].map(() => startServerProcess(url)));
    for (const server of servers) expect((await server.call("/readyz")).status).toBe(200);
    const applied = await database.client`select hash from drizzle.__drizzle_migrations`;
    expect(new Set(applied.map(({ hash }) => hash)).size).toBe(applied.length);
    const files = new Bun.Glob("*.sql").scan(join(import.meta.dir, "../../src/db/migrations"));
    expect(applied).toHaveLength((await Array.fromAsync(files)).length);
    for (const server of servers) expect(await server.end("SIGTERM")).toBe(0);
    await database.close();
  }, 60_000);

  test("from a newer release is left alone: neither the server nor a command starts on it", async () => {
    const database = await openTestDatabase();
    await database.client`
      insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', 99999999999999)`;
    const server = startServerProcess(urlOf(database.target));
    await expect(server).rejects.toThrow(/did not start.*migrated by a newer CiviKey/s);
    const command = await runCommand(database, ["keys", "list"]);
    expect(command).toMatchObject({ exitCode: 1, stdout: "" });
    expect(command.stderr).toContain("migrated by a newer CiviKey");
    const status = await runCommand(database, ["database", "status"]);
    expect(status.exitCode).toBe(1);
    expect(status.stdout).toStartWith("The schema is newer than this release");
    await database.close();
  }, 60_000);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { startTestApp, type TestApp } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { applicationRecord, importRecords, makeAdmin, makeLocalKey, makeProgram } from "../support/factories.ts";
import { startServerInProcess } from "../support/server-in-process.ts";
import { startServerProcess } from "../support/server-process.ts";

let home: TestApp;
let token: string;
const applicationCount = 500;
const list = "/api/v1/admin/programs/snow-removal/applications";
/** So much that nothing between server and client can hold it all. */
const filler = "x".repeat(30_000);

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
});
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
  const [head = "", ...body] = text.split("\r\n\r\n");
  const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
  const isWhole = length === undefined ? text.endsWith("\r\n0\r\n\r\n") : body.join("").length === Number(length);
  return { records, isWhole };
}

describe("SIGTERM", () => {
  test("lets a stream and a page in flight finish, refuses new connections, and exits cleanly", async () => {
    const server = await startServerProcess(urlOf(home.database.target));
    const stream = await beginStream(server.url);
    const page = await beginStream(server.url, { mediaType: "application/json", query: "?pageSize=450" });
    const ended = server.end("SIGTERM");
    const isRefused = async () =>
      fetch(`${server.url}/livez`, { keepalive: false }).then(
        () => false,
        () => true,
      );
    while (!(await isRefused())) await Bun.sleep(20);
    expect(await readRest(stream)).toEqual({ records: applicationCount, isWhole: true });
    expect(await readRest(page)).toEqual({ records: 450, isWhole: true });
    expect(await ended).toBe(0);
    expect(server.output()).toContain('"msg":"stopped"');
  });

  test("cuts off a stream that nobody reads after the time limit, recognizably incomplete", async () => {
    const server = await startServerInProcess(urlOf(home.database.target));
    const stream = await beginStream(server.url);
    await server.stop({ drainSeconds: 0.5 });
    const { records, isWhole } = await readRest(stream);
    expect(records).toBeLessThan(applicationCount);
    expect(isWhole).toBe(false);
  });
});

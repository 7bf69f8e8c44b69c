import { expect, test } from "bun:test";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect } from "../../src/db/client.ts";
import { describeFailedConnection } from "../../src/db/failed-connection.ts";
import { isDatabaseUnavailable } from "../../src/lib/errors.ts";
import { withinMs } from "../../src/lib/limits/deadline.ts";

const failed = (code: string, more: object = {}) =>
  new Error("a query failed", { cause: Object.assign(new Error("x"), { code, ...more }) });
const place = { address: "192.0.2.1", port: 5432 };

test.each([
  ["ECONNREFUSED", place, "DATABASE_URL: PostgreSQL at 192.0.2.1:5432 refuses connections."],
  ["EHOSTUNREACH", place, "DATABASE_URL: PostgreSQL at 192.0.2.1:5432 cannot be reached: there is no route to it."],
  ["ENETUNREACH", place, "DATABASE_URL: PostgreSQL at 192.0.2.1:5432 cannot be reached: there is no route to it."],
  ["ETIMEDOUT", place, "DATABASE_URL: PostgreSQL at 192.0.2.1:5432 does not answer."],
  ["ECONNRESET", {}, "DATABASE_URL: PostgreSQL closes connections at once."],
  ["EPIPE", {}, "DATABASE_URL: PostgreSQL closes connections at once."],
  ["ENOENT", { syscall: "connect" }, "DATABASE_URL: PostgreSQL cannot be found: there is no such socket."],
  [
    "ENOTFOUND",
    { hostname: "db.invalid" },
    "DATABASE_URL: PostgreSQL at db.invalid cannot be found: there is no such name.",
  ],
  ["EAI_AGAIN", { hostname: "db" }, "DATABASE_URL: PostgreSQL at db cannot be found: names cannot be looked up now."],
  ["CONNECT_TIMEOUT", { address: ["db"], port: [5432] }, "DATABASE_URL: PostgreSQL at db:5432 does not answer."],
  [
    "CONNECTION_CLOSED",
    { address: ["db"], port: [5432] },
    "DATABASE_URL: PostgreSQL at db:5432 closes connections at once.",
  ],
  ["57P03", {}, "DATABASE_URL: PostgreSQL is starting or stopping: try again in a few seconds."],
  ["53300", {}, "DATABASE_URL: PostgreSQL has no connection left: raise its max_connections, or stop what uses them."],
])("%s is a 503 for callers, and a sentence for the operator", (code, more, sentence) => {
  expect(isDatabaseUnavailable(failed(code, more))).toBe(true);
  expect(describeFailedConnection(failed(code, more))).toStartWith(sentence);
});

test("a wrong password or database is the operator's fault, and a missing file none of PostgreSQL's", () => {
  for (const code of ["28P01", "28000", "3D000"]) {
    expect(isDatabaseUnavailable(failed(code))).toBe(false);
    expect(describeFailedConnection(failed(code))).toContain("DATABASE_URL");
  }
  expect(describeFailedConnection(failed("ENOENT", { syscall: "open" }))).toBeUndefined();
});

test.each([
  ["as soon as it is open", (socket: Socket) => socket.end()],
  ["at the first message", (socket: Socket) => socket.once("data", () => socket.end())],
  ["by a reset", (socket: Socket) => socket.resetAndDestroy()],
])("a server that closes each connection %s is an error at once, for every query", async (_, close) => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {});
    close(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { client, close: closePool } = connect(`postgres://me@127.0.0.1:${port}/db`, { connectionsMax: 1 });
  const ask = () => withinMs(client`select 1`, 2_000).catch(describeFailedConnection);
  const answers = await Promise.all([ask(), ask(), ask()]);
  for (const answer of answers) expect(answer).toEndWith(" closes connections at once.");
  expect(connections).toBeLessThan(10);
  await closePool();
  server.close();
});

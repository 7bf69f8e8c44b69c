import { afterAll, expect, test } from "bun:test";
import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import postgres, { type PendingQuery, type Row } from "postgres";
import { withinMs } from "../../src/lib/limits/deadline.ts";
import { openTestDatabase, urlOf } from "../support/database.ts";

const database = await openTestDatabase();
afterAll(() => database.close());

/** The driver, and the sockets that it has opened. */
function openDriver(prepare: (socket: Socket, number: number) => void = () => {}) {
  const url = new URL(urlOf(database.target));
  const folder = url.searchParams.get("host");
  url.searchParams.delete("host");
  const sockets: Socket[] = [];
  const options = {
    max: 1,
    backoff: false,
    // The driver knows it; its types do not.
    async socket() {
      const socket = folder
        ? connectSocket(`${folder}/.s.PGSQL.${url.port || 5432}`)
        : connectSocket(Number(url.port || 5432), url.hostname);
      await once(socket, "connect");
      sockets.push(socket);
      prepare(socket, sockets.length);
      return socket;
    },
  } as const;
  const sql = postgres(url.href, options);
  return { sql, sockets };
}

test("what is asked between the failure of a connection and its end fails, and the next one is good", async () => {
  const { sql, sockets } = openDriver();
  const outcomeOf = (query: PendingQuery<Row[]>) =>
    withinMs(query, 2_000).then(
      ([row]) => row?.answer,
      (error) => error.code ?? error.message,
    );
  expect(await outcomeOf(sql`select 1 as answer`)).toBe(1);
  const running = outcomeOf(sql`select pg_sleep(60)`);
  await Bun.sleep(50);
  const [socket] = sockets;
  // As in a crash of PostgreSQL: Bun tells that a write has failed, and milliseconds later that the socket is closed.
  socket?.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  const late = [outcomeOf(sql`select 2 as answer`), outcomeOf(sql`select 3 as answer`)];
  await Bun.sleep(5);
  socket?.emit("close", true);
  expect(await running).toBe("EPIPE");
  expect(await Promise.all(late)).toEqual(["CONNECTION_CLOSED", "CONNECTION_CLOSED"]);
  expect(await outcomeOf(sql`select 4 as answer`)).toBe(4);
  expect(await outcomeOf(sql`select 5 as answer`)).toBe(5);
  expect(sockets).toHaveLength(2);
  await sql.end();
  socket?.destroy();
});

test("a connection that ends while it asks for the types of arrays is not taken for one that knows them", async () => {
  const readyForQuery = 0x5a;
  const { sql, sockets } = openDriver((socket, number) => {
    if (number > 1) return;
    socket.on("data", (chunk) => {
      if (chunk.at(-6) !== readyForQuery) return;
      socket.write = () => true;
      setImmediate(() => socket.destroy());
    });
  });
  const ask = () => sql`select ${[1, 2]}::int[] as answer`.then(([row]) => row?.answer);
  await withinMs(ask(), 5_000).catch((error) => expect(error.code).toStartWith("CONNECTION_"));
  expect(await withinMs(ask(), 5_000)).toEqual([1, 2]);
  expect(sockets).toHaveLength(2);
  await sql.end();
});

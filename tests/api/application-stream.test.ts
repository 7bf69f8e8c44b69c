/** The body of a stream, without a database: what its connection gets, and when nothing is sent at all. */
import { expect, test } from "bun:test";
import { respondWithStream } from "../../src/api/application-stream.ts";

const mebibyte = Buffer.alloc(1024 * 1024, "x");
const writer = {
  ...{ contentType: "application/x-ndjson", header: "", columns: "" },
  write: () => Promise.resolve({ parts: [], count: 0 }),
};

/** Streams that many MiB, and counts how many were asked for. */
async function send(connection: string | null, mebibytes: number, { isPage = false, isLate = false } = {}) {
  const headers: Record<string, string> = connection === null ? {} : { connection };
  const request = new Request("http://localhost", { headers });
  const asked = { count: 0 };
  async function* give() {
    for (; asked.count < mebibytes; asked.count += 1) yield [mebibyte];
  }
  const lateAt = performance.now() + (isLate ? 0 : 60_000);
  const answer = respondWithStream({ request, headers: new Headers(), writer, batches: give(), isPage, lateAt });
  return { answer, asked };
}

test.each(["close", "Close", "TE, close"])("a stream has its length with Connection: %s", async (connection) => {
  const server = Bun.serve({ port: 0, fetch: async () => (await send(connection, 3)).answer });
  const response = await fetch(server.url);
  expect(response.headers.get("content-length")).toBe(String(3 * mebibyte.length));
  expect(response.headers.get("transfer-encoding")).toBeNull();
  expect((await response.bytes()).length).toBe(3 * mebibyte.length);
  await server.stop(true);
});

test("with Connection: close, a stream too long to be held is refused with advice before anything is sent", async () => {
  const { answer, asked } = await send("close", 1_000);
  await expect(answer).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringMatching(/Keep the connection open.*pageSize.*proxy_http_version 1\.1/),
  });
  expect(asked.count).toBeLessThan(20);
});

test("with Connection: close, a stream that takes too long is refused with advice, and its reading ends", async () => {
  const { answer, asked } = await send("close", 10, { isLate: true });
  await expect(answer).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("pageSize") });
  expect(asked.count).toBeLessThan(5);
});

test("with Connection: close, nobody waits for a piece that comes too late", async () => {
  const request = new Request("http://localhost", { headers: { connection: "close" } });
  const next = Promise.withResolvers<void>();
  let hasEnded = false;
  async function* give() {
    try {
      yield [mebibyte];
      await next.promise;
      yield [mebibyte];
    } finally {
      hasEnded = true;
    }
  }
  const stream = { request, headers: new Headers(), writer, batches: give(), isPage: false };
  const answer = respondWithStream({ ...stream, lateAt: performance.now() + 5 });
  await expect(answer).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("pageSize") });
  next.resolve();
  while (!hasEnded) await Bun.sleep(0);
});

test.each([null, "keep-alive", "TE"])(
  "a stream has no limit with Connection: %s, and is never held",
  async (connection) => {
    const { answer, asked } = await send(connection, 40, { isLate: true });
    const response = await answer;
    expect(asked.count).toBeLessThan(5);
    let length = 0;
    for await (const piece of response.body ?? []) length += piece.length;
    expect(length).toBe(40 * mebibyte.length);
  },
);

test("a page has its length with Connection: close, even if its last application is long", async () => {
  const { answer } = await send("close", 20, { isPage: true, isLate: true });
  expect((await (await answer).bytes()).length).toBe(20 * mebibyte.length);
});

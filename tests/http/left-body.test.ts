import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { makeProgram, ownForm } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";
import { requestOf } from "../support/raw-http.ts";

let app: ListeningApp;
/** Gives up on the rest of a body as early as a server does. */
let impatient: ListeningApp;
beforeAll(async () => {
  // What a test means to arrive does so on a busy machine too.
  app = await startListeningApp({ leftBodyWithinMs: 10_000 });
  impatient = await startListeningApp({ database: app.database });
  await makeProgram(app);
});
afterAll(async () => {
  await impatient.close();
  await app.close();
});

const path = "/api/v1/checkAuth";
const last = requestOf("/livez");
const mebibyte = 1024 * 1024;
const inner = "GET /in-the-body HTTP/1.1\r\nHost: localhost\r\n\r\n";
const post = (header: string) => `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

/**
 * Sends these parts, and after the first answer a last request on the same connection. The statuses of
 * all answers, and whether the first one said that the connection ends.
 */
async function send(parts: readonly string[], { port } = app) {
  const socket = connect({ host: "127.0.0.1", port });
  socket.setEncoding("latin1");
  let text = "";
  const answered = Promise.withResolvers<void>();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("data", (data) => {
    text += data;
    answered.resolve();
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  for (const part of parts) socket.write(part);
  await Promise.race([answered.promise, closed]);
  if (socket.writable) socket.write(last);
  await closed;
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  const [head = ""] = text.split("\r\n\r\n");
  return { statuses, isEnd: /^connection: close$/im.test(head) };
}

/** Sends so many MiB with a client that reads its answer although it cannot send all. */
async function sendStream(path: string, mib: number, headers: Record<string, string> = {}) {
  const body = new ReadableStream({
    pull(controller) {
      if (mib === 0) return controller.close();
      mib -= 1;
      controller.enqueue(new Uint8Array(mebibyte));
    },
  });
  const answer = await fetch(`${app.url}${path}`, { method: "POST", headers, body });
  return [answer.status, answer.headers.get("connection")];
}

const goesOn = { statuses: [401, 200], isEnd: false };
const ends = { statuses: [401], isEnd: true };

describe("after a refused call, an unread body", () => {
  test("of a few bytes keeps the connection open, whether its length is known or not", async () => {
    expect(await send([post("Content-Length: 5"), "hello"])).toEqual(goesOn);
    const parts = [post("Transfer-Encoding: chunked"), chunk("hello"), "0\r\n\r\n"];
    expect(await send(parts)).toEqual(goesOn);
  });

  test("of up to 8 MiB keeps the connection open, and is never mistaken for requests", async () => {
    const whole = inner.repeat(Math.floor((7 * mebibyte) / inner.length));
    const linesBefore = app.logLines.length;
    expect(await send([post(`Content-Length: ${whole.length}`), whole])).toEqual(goesOn);
    const chunks = [chunk(whole), "0\r\n\r\n"];
    expect(await send([post("Transfer-Encoding: chunked"), ...chunks])).toEqual(goesOn);
    expect(app.logLines.slice(linesBefore)).toHaveLength(4);
  });

  test("of more than that closes it with the answer", async () => {
    for (const length of [8 * mebibyte + 1, 2 ** 40, "9007199254740993"]) {
      expect(await send([post(`Content-Length: ${length}`)])).toEqual(ends);
    }
    expect(await sendStream(path, 9)).toEqual([401, "close"]);
  });

  test("that doesn't end closes it too, and hardly delays the answer", async () => {
    const started = performance.now();
    const parts = [post("Transfer-Encoding: chunked"), chunk("hello")];
    expect(await send(parts, impatient)).toEqual(ends);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

test("a body read to its end keeps the connection open, a body that is too large does not", async () => {
  const form =
    "POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n" +
    "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect(await send([form, chunk("email=x"), "0\r\n\r\n"])).toEqual(goesOn);
  expect(await sendStream("/login", 1, ownForm)).toEqual([413, "close"]);
});

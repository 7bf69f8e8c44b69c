import { afterAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";
import { respondWithWritten } from "../../../src/http/answers/written.ts";
import { borrowWriter } from "../../../src/lib/json/byte-writer.ts";
import { requestOf, sendRaw } from "../../support/raw-http.ts";

/** More than the sockets in between hold. */
const largeLength = 8 * 1024 * 1024;

/** Serves `/LETTER/LENGTH`: that letter, so many times. */
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const [, letter = "", length] = new URL(request.url).pathname.split("/");
    // As an answer comes that had to wait for a database.
    await setImmediate();
    const out = borrowWriter();
    out.writeBytes(new Uint8Array(Number(length)).fill(letter.charCodeAt(0)));
    return respondWithWritten(out, new Headers({ "X-Letter": letter }));
  },
});
const address = { host: "127.0.0.1", port: server.port ?? 0 };
const urlOf = (path: string) => new URL(path, server.url);

afterAll(() => server.stop(true));

/** Reads an answer a little at a time; the bytes, head and framing included. */
function readSlowly(path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(address, () => socket.write(requestOf(path)));
    socket.on("data", async (part) => {
      parts.push(Buffer.from(part));
      socket.pause();
      await setTimeout(1);
      socket.resume();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(parts)));
  });
}

describe("respondWithWritten", () => {
  test.each([0, 1, 15 * 1024 - 1, 15 * 1024, 100_000, 3_000_000])(
    "answers with all %d bytes",
    async (length) => {
      const response = await fetch(urlOf(`/a/${length}`));
      expect(response.status).toBe(200);
      expect(response.headers.get("X-Letter")).toBe("a");
      expect(await response.text()).toBe("a".repeat(length));
    },
  );

  test("never mixes answers that wait for slow readers with later ones", async () => {
    const letters = [..."abcd"];
    const slow = letters.slice(0, 2).map(async (letter) => {
      const bytes = await readSlowly(`/${letter}/${largeLength}`);
      const body = bytes.subarray(bytes.indexOf("\r\n\r\n"));
      const counts = letters.map(
        (each) => body.filter((byte) => byte === each.charCodeAt(0)).length,
      );
      // Hexadecimal digits of the chunk's length are letters, too.
      expect(counts[letters.indexOf(letter)]).toBeWithin(largeLength, largeLength + 8);
      expect(Math.max(...counts.filter((_, index) => letters[index] !== letter))).toBeLessThan(8);
    });
    // As long as the slow ones: what would be written over, would be to its end.
    for (let round = 0; round < 4; round += 1) {
      for (const letter of letters.slice(2)) {
        const text = await (await fetch(urlOf(`/${letter}/${largeLength}`))).text();
        expect(text === letter.repeat(largeLength)).toBe(true);
      }
    }
    await Promise.all(slow);
  }, 60_000);

  test("survives clients that go away in the middle", async () => {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const leaving = new AbortController();
        const response = await fetch(urlOf(`/a/${largeLength}`), { signal: leaving.signal });
        await response.body?.getReader().read();
        leaving.abort();
      }),
    );
    expect(await (await fetch(urlOf("/b/50000"))).text()).toBe("b".repeat(50_000));
  });

  test("ends with the connection for HTTP/1.0 clients, which have no chunks", async () => {
    const { text } = await sendRaw(address, "GET /x/50000 HTTP/1.0\r\nHost: localhost\r\n\r\n");
    const [head = "", body] = text.split("\r\n\r\n");
    expect(head.toLowerCase()).not.toContain("transfer-encoding");
    expect(body).toBe("x".repeat(50_000));
  });

  test("has headers and no body for HEAD", async () => {
    const response = await fetch(urlOf("/a/50000"), { method: "HEAD" });
    expect(response.headers.get("X-Letter")).toBe("a");
    expect(await response.text()).toBe("");
  });
});

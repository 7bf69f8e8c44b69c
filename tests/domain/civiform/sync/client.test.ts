import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import {
  defaultPageLimits,
  fetchPage,
  type PageLimits,
  writePageUrl,
} from "../../../../src/domain/civiform/sync/client.ts";
import { readRetryAfter, SyncFailure } from "../../../../src/domain/civiform/sync/failure.ts";
import { Secret } from "../../../../src/lib/secrets/secret.ts";
import { makeCertificate } from "../../../support/certificates.ts";

const now = new Date("2026-01-15T20:00:00Z");
const token = btoa("key:a secret that is long enough to be looked for");
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const fetchFrom = async (
  origin: string,
  more: Partial<PageLimits> & { signal?: AbortSignal } = {},
): Promise<string> => {
  const { signal = new AbortController().signal, ...limits } = more;
  const bytes = await fetchPage(
    { origin, token: new Secret(token) },
    {
      ...{ slug: "snow-removal", fromDate: null, pageToken: null, signal, now: () => now },
      limits: { ...defaultPageLimits, ...limits },
    },
  );
  return Buffer.from(bytes).toString();
};
/** The failure of a fetch; it never says anything of the source's words, nor of the token. */
const failureOf = async (...args: Parameters<typeof fetchFrom>): Promise<SyncFailure> => {
  const error = await fetchFrom(...args).catch((cause: unknown) => cause);
  if (!(error instanceof SyncFailure)) throw new Error(`not refused: ${String(error)}`);
  expect(`${error.message} ${error.stack}`).not.toContain(token);
  expect(error.message).not.toContain("secret words");
  return error;
};

/** A server that says what it likes, byte for byte. */
async function serveRaw(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const place = server.address();
  return `http://127.0.0.1:${typeof place === "object" ? place?.port : 0}`;
}
const head = (...lines: string[]) => `HTTP/1.1 200 OK\r\n${lines.join("\r\n")}\r\n\r\n`;
const json = "Content-Type: application/json";
const whole =
  (body: string | Uint8Array, ...lines: string[]) =>
  (socket: Socket) => {
    socket.write(head(json, `Content-Length: ${Buffer.from(body).length}`, ...lines));
    socket.end(body);
  };

describe("the address of a page", () => {
  test("escapes what a page token of CiviForm holds, and what a slug should not", () => {
    const url = writePageUrl("https://civiform.example.gov", {
      ...{ slug: "../../x", fromDate: "2026-01-01", pageToken: "ab+/c==&pageSize=1" },
    });
    expect(url).toBe(
      "https://civiform.example.gov/api/v1/admin/programs/..%2F..%2Fx/applications?nextPageToken=ab%2B%2Fc%3D%3D%26pageSize%3D1",
    );
  });
});

describe("a good answer", () => {
  test("comes as it is, packed or not, with any charset named", async () => {
    const body = '{"payload":[],"nextPageToken":null}';
    expect(await fetchFrom(await serveRaw(whole(body)))).toBe(body);
    const packed = await serveRaw(whole(gzipSync(body), "Content-Encoding: gzip"));
    expect(await fetchFrom(packed)).toBe(body);
  });
});

describe("a hostile answer", () => {
  test("that is too long is broken off, without reading the rest", async () => {
    let sent = 0;
    const origin = await serveRaw((socket) => {
      socket.write(head(json));
      const piece = Buffer.alloc(64 * 1024, 0x20);
      const more = () => {
        while (!socket.destroyed && socket.write(piece)) sent += piece.length;
      };
      socket.on("drain", more);
      more();
    });
    const failure = await failureOf(origin, { bytesMax: 1024 * 1024 });
    expect(failure).toMatchObject({ code: "bad_answer", isPassing: false });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test("that unpacks into too much is broken off, however small it came", async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20));
    expect(bomb.length).toBeLessThan(256 * 1024);
    const before = process.memoryUsage().rss;
    const origin = await serveRaw(whole(bomb, "Content-Encoding: gzip"));
    expect(await failureOf(origin, { bytesMax: 1024 * 1024 })).toMatchObject({
      code: "bad_answer",
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  test("that is packed as nobody asked is not unpacked", async () => {
    const packed = brotliCompressSync("{}");
    for (const encoding of ["br", "gzip, gzip", "x"]) {
      const origin = await serveRaw(whole(packed, `Content-Encoding: ${encoding}`));
      expect(await failureOf(origin)).toMatchObject({ code: "bad_answer" });
    }
    const origin = await serveRaw(whole("no gzip", "Content-Encoding: gzip"));
    expect(await failureOf(origin)).toMatchObject({ code: "bad_answer" });
  });

  test("that is not JSON, or not HTTP, is refused", async () => {
    for (const type of ["text/html", "application/jsonp", "text/plain; application/json", ""]) {
      const origin = await serveRaw((socket) => {
        socket.end(`${head(`Content-Type: ${type}`, "Content-Length: 12")}secret words`);
      });
      expect(await failureOf(origin)).toMatchObject({ code: "bad_answer" });
    }
    for (const text of ["secret words\r\n\r\n", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(1e6)}\r\n\r\n`]) {
      const origin = await serveRaw((socket) => socket.end(text));
      expect(await failureOf(origin)).toMatchObject({ code: "bad_answer" });
    }
  });

  test("that ends early may be a bad network: it is worth another try", async () => {
    const packed = gzipSync(JSON.stringify(Array.from({ length: 5000 }, (_, index) => index * 7)));
    const answers: ((socket: Socket) => void)[] = [
      (socket) => socket.end(`${head(json, "Content-Length: 100")}{"payload`),
      (socket) => socket.end(`${head(json, "Transfer-Encoding: chunked")}5\r\n{"pay\r\n`),
      whole(packed.subarray(0, packed.length / 2), "Content-Encoding: gzip"),
      (socket) => socket.destroy(),
    ];
    for (const answer of answers) {
      const failure = await failureOf(await serveRaw(answer));
      expect(failure).toMatchObject({ code: "unreachable", isPassing: true });
    }
  });

  test("that changes to another protocol is no answer, whatever follows", async () => {
    const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n";
    for (const rest of ["", `${head(json, "Content-Length: 2")}{}`]) {
      const origin = await serveRaw((socket) => socket.write(switching + rest));
      const failure = await failureOf(origin);
      expect(failure).toMatchObject({ code: "unreachable", isPassing: true });
    }
  });

  test("that never begins, falls silent, or trickles on is not waited for", async () => {
    const silent = await serveRaw(() => {});
    expect((await failureOf(silent, { beginMs: 60 })).message).toContain("did not answer");
    const stuck = await serveRaw((socket) => socket.write(`${head(json)}{"payload":[`));
    expect((await failureOf(stuck, { silenceMs: 60 })).message).toContain("fell silent");
    const slow = await serveRaw((socket) => {
      socket.write(head(json));
      const timer = setInterval(() => socket.write(" "), 5);
      socket.on("close", () => clearInterval(timer));
    });
    const failure = await failureOf(slow, { wholeMs: 100 });
    expect(failure).toMatchObject({ code: "unreachable", isPassing: true });
    expect(failure.message).toContain("did not finish");
  });

  test("never makes the key go elsewhere", async () => {
    const heard: string[] = [];
    const elsewhere = Bun.serve({
      port: 0,
      fetch(request) {
        heard.push(request.url);
        return new Response();
      },
    });
    closers.push(() => elsewhere.stop(true));
    for (const status of [301, 302, 303, 307, 308]) {
      const origin = await serveRaw((socket) =>
        socket.end(
          `HTTP/1.1 ${status} Go\r\nLocation: http://127.0.0.1:${elsewhere.port}/\r\nContent-Length: 0\r\n\r\n`,
        ),
      );
      expect(await failureOf(origin)).toMatchObject({ code: "redirect" });
    }
    expect(heard).toEqual([]);
  });
});

describe("a source's certificate", () => {
  test("is checked, even where the environment says not to", async () => {
    const { key, cert } = await makeCertificate();
    const requests: string[] = [];
    const server = Bun.serve({
      ...{ port: 0, hostname: "127.0.0.1", tls: { key, cert } },
      fetch(request) {
        requests.push(request.url);
        return Response.json({ payload: [], nextPageToken: null });
      },
    });
    closers.push(() => server.stop(true));
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    closers.push(() => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    });
    for (const value of ["1", "0"]) {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = value;
      const failure = await failureOf(`https://127.0.0.1:${server.port}`);
      expect(failure).toMatchObject({ code: "certificate", isPassing: false });
    }
    expect(requests).toEqual([]);
  });
});

test("a caller that stops breaks the request off", async () => {
  const stopping = new AbortController();
  const origin = await serveRaw(() => stopping.abort(new Error("stopped by the caller")));
  expect(fetchFrom(origin, { signal: stopping.signal })).rejects.toThrow("stopped by the caller");
});

test("Retry-After is read in both forms, and never believed beyond a day", () => {
  expect(readRetryAfter("30", now)).toBe(30_000);
  expect(readRetryAfter("Thu, 15 Jan 2026 20:01:00 GMT", now)).toBe(60_000);
  expect(readRetryAfter("Thu, 15 Jan 2020 20:01:00 GMT", now)).toBe(0);
  expect(readRetryAfter("999999999", now)).toBe(86_400_000);
  expect(readRetryAfter("soon", now)).toBeNull();
  expect(readRetryAfter(undefined, now)).toBeNull();
});

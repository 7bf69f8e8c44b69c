import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { makeKey, makeProgram } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";
import { requestOf, sendRaw } from "../support/raw-http.ts";

let app: ListeningApp;
let good: string;
let token: string;
const checkAuth = "/api/v1/checkAuth";

beforeAll(async () => {
  app = await startListeningApp();
  await makeProgram(app);
  ({ token } = await makeKey(app, { subnet: "127.0.0.0/8" }));
  good = `Authorization: Basic ${token}`;
});
afterAll(() => app.close());

const send = (bytes: string) => sendRaw({ host: "127.0.0.1", port: app.port }, Buffer.from(bytes, "latin1"));
/** What the HTTP parser refuses before it is a request: 505 is its word for a line that is no HTTP/1.1. */
const notHttp = [0, 400, 431, 505];

describe("spellings of the Authorization header", () => {
  const statuses: Record<string, { lines: () => string[]; expected: number[] }> = {
    "as it should be": { lines: () => [good], expected: [200] },
    "in capitals": { lines: () => [`AUTHORIZATION: Basic ${token}`], expected: [200] },
    "in lower case, scheme too": {
      lines: () => [`authorization: basic ${token}`],
      expected: [200],
    },
    "without a space after the colon": {
      lines: () => [`Authorization:Basic ${token}`],
      expected: [200],
    },
    "with blanks after it, which are no part of it": {
      lines: () => [`Authorization: Basic ${token} \t `],
      expected: [200],
    },
    twice: { lines: () => [good, good], expected: [401] },
    "twice, the second one empty": { lines: () => [good, "Authorization:"], expected: [401] },
    "twice, the first one empty": { lines: () => ["Authorization:", good], expected: [401] },
    "twice, the first one another scheme": {
      lines: () => ["Authorization: Bearer x", good],
      expected: [401],
    },
    "with two credentials in it": { lines: () => [`${good}, Basic ${token}`], expected: [401] },
    "with a tab": { lines: () => [`Authorization: Basic\t${token}`], expected: [401] },
    "with two spaces": { lines: () => [`Authorization: Basic  ${token}`], expected: [401] },
    "with parameters": { lines: () => [`${good}; charset=UTF-8`], expected: [401] },
    "in quotes": { lines: () => [`Authorization: Basic "${token}"`], expected: [401] },
    "without padding": {
      lines: () => [`Authorization: Basic ${btoa("cvk_a:b").replaceAll("=", "")}`],
      expected: [401],
    },
    "with text that is not ASCII": {
      lines: () => ["Authorization: Basic \xe9\xff"],
      expected: [401],
    },
    "of 8 KiB and more": {
      lines: () => [`Authorization: Basic ${"A".repeat(9 * 1024)}`],
      expected: [401],
    },
    "of 200 KiB": {
      lines: () => [`Authorization: Basic ${"A".repeat(200 * 1024)}`],
      expected: [431],
    },
    "folded onto a second line": {
      lines: () => [`Authorization: Basic\r\n ${token}`],
      expected: [400],
    },
    "with a blank before the colon": {
      lines: () => [`Authorization : Basic ${token}`],
      expected: [400],
    },
    "with a NUL": { lines: () => [`${good}\0`], expected: [400] },
    "with a bare CR": { lines: () => [`${good}\rX: y`], expected: [400] },
    "under another name": {
      lines: () => [
        `X-Authorization: Basic ${token}`,
        `Proxy-Authorization: Basic ${token}`,
        `X-Forwarded-Authorization: Basic ${token}`,
        `X-Api-Key: ${token}`,
        `Cookie: authorization=Basic ${token}; token=${token}`,
      ],
      expected: [401],
    },
  };
  for (const [name, { lines, expected }] of Object.entries(statuses)) {
    test(`${name}: ${expected}`, async () => {
      const { status } = await send(requestOf(checkAuth, lines()));
      expect(expected).toContain(status);
    });
  }
});

describe("spellings of an API path", () => {
  /** `known` is what the caller of a good key is told. */
  const paths: Record<string, number> = {
    "/api/v1/checkAuth": 200,
    "/api/v1/checkAuth?": 200,
    "/api/v1/checkAuth/": 200,
    "/api/./v1/checkAuth": 200,
    "/nothing/../api/v1/checkAuth": 200,
    "/admin/../api/v1/checkAuth": 200,
    "http://elsewhere.example/api/v1/checkAuth": 200,
    "/api\\v1\\checkAuth": 200,
    "//api/v1/checkAuth": 404,
    "/api/v1//checkAuth": 404,
    "/API/v1/checkAuth": 404,
    "/%61pi/v1/checkAuth": 404,
    "/%2561pi/v1/checkAuth": 404,
    "/api%2fv1%2fcheckAuth": 404,
    "/api/v1/checkAuth#fragment": 404,
    "/api/v1/checkAuth%20": 404,
    "/api/v1/checkAuth%0d%0aX-Injected:%20y": 404,
    "/api/v1/check\xffAuth": 404,
    "/api/v1/%": 404,
    "/api/v1/%zz": 404,
    "/api/v1/%c0%af": 404,
    "/api/v1/admin/programs//applications": 404,
    "/api/v1/admin/programs/%E0%A4%A/applications": 401,
    "/api/v1/admin/programs/snow-removal%00/applications": 401,
    "/api/v1/admin/programs/SNOW-REMOVAL/applications": 401,
    "/api/v1/admin/programs/snow-removal/applications/": 200,
    [`/api/v1/${"a".repeat(12_000)}`]: 404,
  };
  for (const [path, known] of Object.entries(paths)) {
    test(`${path.slice(0, 60)}: 401, and ${known} with a good key`, async () => {
      const anonymous = await send(requestOf(path));
      expect(anonymous.status).toBe(401);
      expect(anonymous.text).toContain('WWW-Authenticate: Basic realm="CiviKey", charset="UTF-8"');
      const answer = await send(requestOf(path, [good]));
      expect(answer.status).toBe(known);
      expect(answer.text).not.toContain("X-Injected: y");
    });
  }

  test("outside the API reaches nothing of the API, and no admin page without a session", async () => {
    const others = ["/assets/..%2fapi/v1/checkAuth", "/api%00/v1/checkAuth", "/api;a=b/v1/checkAuth"];
    for (const path of [...others, "/%25252561pi/v1/checkAuth", "/livez/api/v1/checkAuth"]) {
      expect((await send(requestOf(path, [good]))).status).toBe(404);
    }
    for (const path of ["/admin%2fapiKeys", "/ADMIN/apiKeys", "//admin/apiKeys", "/x/../admin"]) {
      expect((await send(requestOf(path, [good]))).status).toBe(303);
    }
  });

  test("that is not a path, or too long, is refused by the parser", async () => {
    for (const path of ["*", "api/v1/checkAuth", "/ api", `/api/${"a".repeat(100_000)}`]) {
      expect(notHttp).toContain((await send(requestOf(path, [good]))).status);
    }
  });
});

describe("methods", () => {
  for (const method of ["HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "QUERY"]) {
    test(`${method} is 401, and with a good key answered or 405`, async () => {
      expect((await send(requestOf(checkAuth, [], method))).status).toBe(401);
      const known = await send(requestOf(checkAuth, [good], method));
      expect(known.status).toBe(method === "HEAD" ? 200 : 405);
    });
  }

  test("unknown to HTTP get no answer, or the parser's", async () => {
    for (const method of ["get", "GETT", "X".repeat(100), "G T", ""]) {
      expect(notHttp).toContain((await send(requestOf(checkAuth, [good], method))).status);
    }
  });

  test("can't be overridden by a header", async () => {
    const override = ["X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE", good];
    expect((await send(requestOf(checkAuth, override))).status).toBe(200);
  });
});

describe("the Host header", () => {
  const withHost = (host: string, path = checkAuth, more: readonly string[] = []) =>
    send([`GET ${path} HTTP/1.1`, `Host: ${host}`, "Connection: close", ...more, "", ""].join("\r\n"));

  test("of any length passes the same guard and reaches the same route", async () => {
    for (const host of ["a", "ck", "abc", "keys", "localhost:9000", "[::1]:9000", "1.2.3.4"]) {
      expect((await withHost(host)).status).toBe(401);
      expect((await withHost(host, checkAuth, [good])).status).toBe(200);
      expect((await withHost(host, "/admin/apiKeys", [good])).status).toBe(303);
      expect((await withHost(host, `/x${checkAuth}`, [good])).status).toBe(404);
      expect((await withHost(host, "/x/admin/apiKeys", [good])).status).toBe(404);
    }
  });

  test("that is not a host is 400, whatever the request", async () => {
    const hosts = ["", "a b", "%%%", "[::1", "x@y", "x:99999", "x/livez#", "x/livez?", "x\\y", "\xe9"];
    for (const host of hosts) {
      for (const path of [checkAuth, "/admin/apiKeys", "/livez", "/api//x"]) {
        expect((await withHost(host, path, [good])).status).toBe(400);
      }
    }
    expect((await send(requestOf(checkAuth, ["Host: elsewhere", good]))).status).toBe(400);
  });

  test("may be missing in HTTP/1.0, as in simple health checks, with the same guards", async () => {
    expect((await send("GET /livez HTTP/1.0\r\n\r\n")).status).toBe(200);
    expect((await send(`GET ${checkAuth} HTTP/1.0\r\n\r\n`)).status).toBe(401);
    expect((await send("GET /admin/apiKeys HTTP/1.0\r\n\r\n")).status).toBe(303);
    expect((await send(`GET ${checkAuth} HTTP/1.0\r\n${good}\r\n\r\n`)).status).toBe(200);
  });
});

describe("malformed HTTP", () => {
  const requests: Record<string, () => string> = {
    "a length and chunks": () => requestOf(checkAuth, ["Content-Length: 5", "Transfer-Encoding: chunked"], "POST"),
    "two lengths": () => `${requestOf(checkAuth, ["Content-Length: 5", "Content-Length: 6"], "POST")}hello!`,
    "a negative length": () => requestOf(checkAuth, ["Content-Length: -5"], "POST"),
    "an endless length": () => requestOf(checkAuth, [`Content-Length: ${"9".repeat(30)}`], "POST"),
    "hundreds of headers": () =>
      requestOf(
        checkAuth,
        Array.from({ length: 500 }, (_, index) => `X-${index}: y`),
      ),
    "lines without CR": () => `GET ${checkAuth} HTTP/1.1\nHost: x\n\n`,
    "another version": () => `GET ${checkAuth} HTTP/2.0\r\nHost: x\r\n\r\n`,
    "the greeting of HTTP/2": () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "the greeting of TLS": () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
  };
  for (const [name, bytes] of Object.entries(requests)) {
    test(`${name}: the parser refuses it, and nothing else runs`, async () => {
      const lines = app.logLines.length;
      expect(notHttp).toContain((await send(bytes())).status);
      expect(app.logLines.length).toBe(lines);
    });
  }

  test("a request to switch protocols is ignored", async () => {
    const upgrade = ["Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"];
    expect((await send(requestOf(checkAuth, upgrade))).status).toBe(401);
    expect((await send(requestOf(checkAuth, ["Upgrade: h2c", good]))).status).toBe(200);
  });
});

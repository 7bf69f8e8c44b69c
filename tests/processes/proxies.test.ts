/** Calls and streams through real proxies and real clients: a part must never look like the whole. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { urlOf } from "../support/database.ts";
import { findFreePort } from "../support/debian-postgres.ts";
import { applicationRecord, importRecords, makeLocalKey, makeProgram } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";
import { type DocumentedNginx, findNginx, startDocumentedNginx, startPlainNginx } from "../support/nginx.ts";
import { findPython, runPython } from "../support/python.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";

const nginx = findNginx();
const curl = Bun.which("curl");
const python = findPython();
const path = "/api/v1/admin/programs/snow-removal/applications";
/** More than the buffers between a server and a slow reader hold, and less than a closing connection may get. */
const count = 500;
const longText = "x".repeat(28_000);
const streamTypes = ["application/x-ndjson", "text/csv"];
let app: ListeningApp;
let token: string;

beforeAll(async () => {
  app = await startListeningApp();
  await makeProgram(app, { questions: ["applicant name"] });
  token = (await makeLocalKey(app)).token;
  const application = { applicant_name: { question_type: "TEXT", text: longText } };
  const records = Array.from({ length: count }, (_, index) => applicationRecord(index + 1, { application }));
  await importRecords(app, records);
});
afterAll(() => app.close());

const open = (url: string, accept: string) =>
  fetch(`${url}${path}`, { headers: { authorization: `Basic ${token}`, accept } });
const countLines = (text: string) => text.split("\n").length - 1;

/** Reads a stream with curl, slowly, and kills the server once it has begun. */
async function cut(url: string, server: Pick<ServerProcess, "end">): Promise<void> {
  const client = Bun.spawn(
    [
      ...[curl ?? "", "--silent", "--show-error", "--fail", "--insecure", "--no-buffer", "--limit-rate", "3M"],
      ...["--header", `Authorization: Basic ${token}`, "--header", "Accept: application/x-ndjson"],
      // Debian's nginx does not say whom it forwards for.
      ...["--header", "X-Forwarded-For: 127.0.0.1", `${url}${path}`],
    ],
    { stdout: "pipe" },
  );
  const reader = client.stdout.getReader();
  const decoder = new TextDecoder();
  let received = decoder.decode((await reader.read()).value, { stream: true });
  await server.end("SIGKILL");
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    received += decoder.decode(value, { stream: true });
  }
  expect(countLines(received)).toBeGreaterThan(0);
  expect(countLines(received)).toBeLessThan(count);
  // CURLE_PARTIAL_FILE
  expect(await client.exited).toBe(18);
}

describe.skipIf(nginx === undefined)("behind nginx as Debian ships it", () => {
  test("a stream arrives whole", async () => {
    const proxy = await startPlainNginx(nginx ?? "", app.url);
    for (const [index, accept] of streamTypes.entries()) {
      const answer = await open(proxy.url, accept);
      expect([answer.status, countLines(await answer.text())]).toEqual([200, count + index]);
    }
    await proxy.close();
  });
});

describe.skipIf(nginx === undefined)("behind nginx with docs/nginx.conf and two instances", () => {
  let proxy: DocumentedNginx;
  let ports: [number, number];
  let servers: ServerProcess[];
  const start = (port: number) =>
    startServerProcess(urlOf(app.database.target), {
      PORT: String(port),
      CLIENT_IP_TYPE: "FORWARDED",
      TRUSTED_PROXIES: "127.0.0.1/32",
      SHUTDOWN_DELAY_SECONDS: "1",
    });
  const call = (address: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(`${proxy.url}${address}`, { headers, ...init, tls: { ca: proxy.cert } });

  beforeAll(async () => {
    ports = [await findFreePort(), await findFreePort()];
    servers = await Promise.all(ports.map(start));
    proxy = await startDocumentedNginx(nginx ?? "", ports);
  });
  afterAll(async () => {
    await proxy.close();
    await Promise.all(servers.map((server) => server.end("SIGKILL")));
  });

  test("plain HTTP leads pages to https, and refuses the API", async () => {
    const answers = await Promise.all(
      ["/keys?state=all", "/api/v1/checkAuth"].map((address) =>
        fetch(`${proxy.httpUrl}${address}`, { redirect: "manual" }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([308, 403]);
    expect(answers[0]?.headers.get("location")).toBe("https://127.0.0.1/keys?state=all");
  });

  test("the client's address is the one that nginx saw, whatever the client claims", async () => {
    const authorization = `Basic ${token}`;
    const allowed = await call("/api/v1/checkAuth?invitation=secret", { authorization });
    // The proxy's own address is trusted, so what it forwards from there is believed; anything to the right of it is not.
    const claimed = await call("/api/v1/checkAuth", { authorization, "X-Forwarded-For": "198.51.100.7" });
    expect([allowed.status, claimed.status]).toEqual([200, 401]);
    const requestId = allowed.headers.get("x-request-id") ?? "";
    expect(await proxy.readAccessLog()).toMatch(
      new RegExp(`^127\\.0\\.0\\.1 \\[.*\\] GET /api/v1/checkAuth 200 \\d+ [\\d.]+ ${requestId}$`, "m"),
    );
    expect(await proxy.readAccessLog()).not.toContain("secret");
  });

  test("a stream arrives whole", async () => {
    const answer = await call(path, { authorization: `Basic ${token}`, accept: "application/x-ndjson" });
    expect(countLines(await answer.text())).toBe(count);
  });

  test("instances restart one after the other, and no call fails", async () => {
    let isOver = false;
    const statuses: number[] = [];
    const callers = Array.from({ length: 3 }, async () => {
      while (!isOver) {
        statuses.push((await call("/api/v1/checkAuth", { authorization: `Basic ${token}` })).status);
        await Bun.sleep(20);
      }
    });
    for (const [index, port] of ports.entries()) {
      expect(await servers[index]?.end("SIGTERM")).toBe(0);
      servers[index] = await start(port);
    }
    isOver = true;
    await Promise.all(callers);
    expect(statuses.length).toBeGreaterThan(100);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test.skipIf(curl === null)(
    "a stream that is cut is an error for curl, behind this nginx and behind the one that Debian ships",
    async () => {
      const [first, second] = servers;
      if (first === undefined || second === undefined) throw new Error("two instances run");
      const plain = await startPlainNginx(nginx ?? "", second.url);
      await cut(plain.url, second);
      await plain.close();
      await cut(proxy.url, first);
    },
  );
});

test.if(python !== undefined)("Python's urllib, which closes every connection, gets whole streams", async () => {
  const script = `
import json, sys, urllib.request
input = json.load(sys.stdin)
counts = []
for accept in input["types"]:
    request = urllib.request.Request(input["url"], headers={"Authorization": "Basic " + input["token"], "Accept": accept})
    with urllib.request.urlopen(request) as response:
        counts.append(response.read().count(b"\\n"))
print(json.dumps(counts))`;
  const input = { url: `${app.url}${path}`, token, types: streamTypes };
  expect(await runPython(python ?? "", script, input)).toEqual([count, count + 1]);
});

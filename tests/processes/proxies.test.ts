/** Streams through real proxies and real clients: a part must never look like the whole. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { urlOf } from "../support/database.ts";
import { applicationRecord, importRecords, makeLocalKey, makeProgram } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";
import { findNginx, type Nginx, startNginx } from "../support/nginx.ts";
import { findPython, runPython } from "../support/python.ts";
import { startServerProcess } from "../support/server-process.ts";

const nginx = findNginx();
const curl = Bun.which("curl");
const python = findPython();
const path = "/api/v1/admin/programs/snow-removal/applications";
/** More than the buffers between a server and a slow reader hold, and less than a closing connection may get. */
const count = 2_000;
const longText = "x".repeat(7_000);
const streamTypes = ["application/x-ndjson", "text/csv"];
const forwardedFor = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
const documented = 'proxy_http_version 1.1; proxy_set_header Connection "";';

let app: ListeningApp;
let token: string;

beforeAll(async () => {
  app = await startListeningApp();
  await makeProgram(app, { questions: ["applicant name"] });
  token = (await makeLocalKey(app)).token;
  const application = { applicant_name: { question_type: "TEXT", text: longText } };
  const records = Array.from({ length: count }, (_, index) => applicationRecord(index + 1, { application }));
  await importRecords(app, records);
}, 60_000);
afterAll(() => app.close());

const open = (url: string, accept: string) =>
  fetch(`${url}${path}`, { headers: { authorization: `Basic ${token}`, accept } });
const isForwarded = (directives: string): Record<string, string> =>
  directives === "" ? {} : { CLIENT_IP_TYPE: "FORWARDED", TRUSTED_PROXIES: "127.0.0.1/32" };
const countLines = (text: string) => text.split("\n").length - 1;

describe.skipIf(nginx === undefined)("behind nginx", () => {
  async function behind(upstream: string, directives: string, use: (proxy: Nginx) => Promise<void>): Promise<void> {
    const proxy = await startNginx(nginx ?? "", upstream, directives);
    try {
      await use(proxy);
    } finally {
      await proxy.close();
    }
  }

  for (const [settings, directives] of [
    ["as Debian ships it", ""],
    ["with the documented directives", forwardedFor + documented],
  ] as const) {
    test(`${settings}, a stream arrives whole`, async () => {
      await behind(app.url, directives, async (proxy) => {
        const [ndjson, csv] = await Promise.all(
          streamTypes.map(async (accept) => countLines(await (await open(proxy.url, accept)).text())),
        );
        expect([ndjson, csv]).toEqual([count, count + 1]);
      });
    });

    test.skipIf(curl === null)(
      `${settings}, a stream that is cut is an error for curl`,
      async () => {
        const server = await startServerProcess(urlOf(app.database.target), isForwarded(directives));
        await behind(server.url, directives, async (proxy) => {
          const header = (name: string, value: string) => ["--header", `${name}: ${value}`];
          const client = Bun.spawn(
            [
              ...[curl ?? "", "--silent", "--show-error", "--fail", "--no-buffer", "--limit-rate", "3M"],
              ...header("Authorization", `Basic ${token}`),
              ...header("Accept", "application/x-ndjson"),
              `${proxy.url}${path}`,
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
        });
      },
      60_000,
    );
  }
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

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { forgetPeak, hasProcessFigures, readMemory } from "../bench/process-figures.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { makeAdmin, makeLocalKey, makeProgram, ownForm, password } from "../support/factories.ts";
import { parseMetrics, sumOf } from "../support/metrics.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";

const bytesMax = 32 * 1024 * 1024;
const list = "/api/v1/admin/programs/snow-removal/applications";

let home: TestApp;
let server: ServerProcess;
let writer: string;
let reader: string;
let cookie: string;

beforeAll(async () => {
  home = await startTestApp();
  await makeProgram(home);
  await makeAdmin(home);
  writer = (await makeLocalKey(home, { permission: "WRITE" })).token;
  reader = (await makeLocalKey(home)).token;
  server = await startServerProcess(urlOf(home.database.target));
  const signedIn = await server.call("/login", undefined, {
    method: "POST",
    headers: ownForm,
    body: new URLSearchParams({ email: "ada@example.org", password }),
    redirect: "manual",
  });
  cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
});
afterAll(async () => {
  await server.end("SIGTERM");
  await home.close();
});

/** A request with 32 MiB, the status that it must get, and the MiB that it may take. */
interface Case {
  readonly target: string;
  readonly token?: () => string;
  readonly headers: () => Record<string, string>;
  readonly status: number;
  readonly mib: number;
}

const json = () => ({ "content-type": "application/json" });
const cases: Readonly<Record<"api" | "other", Readonly<Record<string, Case>>>> = {
  api: {
    "without credentials": { target: list, headers: json, status: 401, mib: 16 },
    "without the permission": {
      target: list,
      token: () => reader,
      headers: json,
      status: 401,
      mib: 16,
    },
    "where 1 MiB is taken": {
      target: list,
      token: () => writer,
      headers: json,
      status: 413,
      mib: 16,
    },
    "where none is taken": {
      target: "/api/v1/checkAuth",
      token: () => reader,
      headers: () => ({}),
      status: 405,
      mib: 16,
    },
  },
  other: {
    "to a form": { target: "/login", headers: () => ownForm, status: 413, mib: 16 },
    "to an admin's form without a session": {
      target: "/admin/programs",
      headers: () => ownForm,
      status: 303,
      mib: 16,
    },
    "from another site": { target: "/login", headers: () => ({}), status: 403, mib: 16 },
    "as an upload": {
      target: "/admin/programs",
      headers: () => ({ ...ownForm, cookie, "content-type": "multipart/form-data; boundary=x" }),
      status: 413,
      // What was read of the form so far.
      mib: 8 + 16,
    },
  },
};

const bodies = {
  "its length told before": () => new Uint8Array(bytesMax),
  "its length not told": () => {
    let sentBytes = 0;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sentBytes >= bytesMax) return controller.close();
        sentBytes += 64 * 1024;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
  },
} as const;

async function countAnswers(kind: "api" | "other"): Promise<number> {
  const samples = parseMetrics(await (await server.call("/metrics")).text());
  const readings = sumOf(samples, "civikey_other_requests_total", { route: "/metrics" });
  const count = sumOf(samples, `civikey_${kind}_requests_total`);
  return kind === "other" ? count - readings : count;
}

/** The server writes its lines a moment after its answers. */
async function waitForLine(requestId: string): Promise<Record<string, unknown>> {
  for (;;) {
    const lines = server.output().split("\n").slice(0, -1);
    const line = lines.find((text) => text.includes(requestId));
    if (line !== undefined) return JSON.parse(line);
    await Bun.sleep(20);
  }
}

/** The MiB that the server takes for a moment while it does this. */
async function measureMib(work: () => Promise<unknown>): Promise<number> {
  if (!hasProcessFigures) return work().then(() => 0);
  forgetPeak(server.pid);
  const { nowMib } = readMemory(server.pid);
  await work();
  return readMemory(server.pid).peakMib - nowMib;
}

for (const kind of ["api", "other"] as const) {
  describe(`32 MiB ${kind === "api" ? "for the API" : "for a page"}`, () => {
    for (const [what, { target, token, headers, status, mib }] of Object.entries(cases[kind])) {
      for (const [how, makeBody] of Object.entries(bodies)) {
        test(`${what}, ${how}: our own ${status}, one log line, one count in the metrics, no memory`, async () => {
          const send = (requestId: string) =>
            server.call(target, token?.(), {
              method: "POST",
              headers: { ...headers(), "x-request-id": requestId },
              body: makeBody(),
              redirect: "manual",
            });
          // What the first one of its kind makes the server load is not what is measured.
          await send("first");
          const countBefore = await countAnswers(kind);
          const requestId = crypto.randomUUID();
          let answer = new Response();
          const usedMib = await measureMib(async () => {
            answer = await send(requestId);
          });
          expect([answer.status, answer.headers.get("connection")]).toEqual([status, "close"]);
          expect(answer.headers.get("x-request-id")).toBe(requestId);
          if (kind === "api") expect(await answer.json()).toMatchObject({ status, requestId });
          expect(await waitForLine(requestId)).toMatchObject({ msg: "request", status });
          expect(await countAnswers(kind)).toBe(countBefore + 1);
          expect(usedMib).toBeLessThan(mib);
        });
      }
    }
  });
}

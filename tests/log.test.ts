import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startTestApp, type TestApp } from "./support/app.ts";
import { makeAdmin, makeKey, makeProgram, signIn } from "./support/factories.ts";

let app: TestApp;
let keyId: string;
let token: string;
beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  ({ keyId, token } = await makeKey(app));
});
afterAll(() => app.close());

/** The one line that a request gets. */
async function lineOf(work: () => Promise<Response>): Promise<Record<string, unknown>> {
  const before = app.logLines.length;
  await work();
  const lines = app.logLines.slice(before);
  expect(lines).toHaveLength(1);
  return lines[0] ?? {};
}
const common = ["time", "level", "msg", "requestId", "method", "route", "status", "ms", "clientIp"];

describe("the line of a request", () => {
  test("has exactly these fields for a good call", async () => {
    const line = await lineOf(() => app.call("/api/v1/checkAuth?x=y", token));
    expect(Object.keys(line).toSorted()).toEqual([...common, "keyId"].toSorted());
    expect(line).toMatchObject({
      level: "info",
      msg: "request",
      method: "GET",
      route: "/api/v1/checkAuth",
      status: 200,
      clientIp: "203.0.113.7",
      keyId,
    });
    expect(new Date(String(line.time)).toISOString()).toBe(String(line.time));
    expect(line.ms).toBeNumber();
  });

  test("has the reason for a refusal, and the key only if it is known", async () => {
    const wrong = await lineOf(() => app.call("/api/v1/checkAuth", btoa(`${keyId}:wrong`)));
    expect(Object.keys(wrong).toSorted()).toEqual([...common, "keyId", "reason"].toSorted());
    expect(wrong).toMatchObject({ status: 401, reason: "wrong_secret", keyId });
    const unknown = await lineOf(() => app.call("/api/v1/checkAuth", btoa("cvk_pasted:x")));
    expect(Object.keys(unknown).toSorted()).toEqual([...common, "fingerprint", "reason"].toSorted());
    const none = await lineOf(() => app.request("/api/nothing"));
    expect(Object.keys(none).toSorted()).toEqual([...common, "reason"].toSorted());
    expect(none).toMatchObject({ route: "none", reason: "missing_credentials" });
  });

  test("has the admin and the route pattern for a page", async () => {
    await makeAdmin(app);
    const cookie = await signIn(app);
    const page = "/admin/programs/snow-removal?q=who@example.org";
    const line = await lineOf(() => app.request(page, { headers: { cookie } }));
    expect(Object.keys(line).toSorted()).toEqual([...common, "admin"].toSorted());
    expect(line).toMatchObject({ route: "/admin/programs/:slug", admin: "ada@example.org" });
    const open = await lineOf(() => app.request("/docs/api/programs/snow-removal/active"));
    expect(open).toMatchObject({ route: "/docs/api/programs/:slug/active", status: 200 });
    const unread = await lineOf(() =>
      app.request("/login", { method: "POST", headers: { "sec-fetch-site": "same-origin" } }),
    );
    expect(unread).toMatchObject({ route: "/login", method: "POST" });
  });

  test("has the caller's request id if it is valid, otherwise a new one, the same as the answer", async () => {
    const ids = ["a", "A-z_0.9", "x".repeat(64)];
    for (const id of ids) {
      const headers = { "x-request-id": id };
      const line = await lineOf(async () => {
        const response = await app.request("/livez", { headers });
        expect(response.headers.get("x-request-id")).toBe(id);
        return response;
      });
      expect(line.requestId).toBe(id);
    }
    for (const id of ["", "x".repeat(65), "a b", "a,b", "ä", '"', "{}"]) {
      const answered: (string | null)[] = [];
      const line = await lineOf(async () => {
        const response = await app.request("/livez", { headers: { "x-request-id": id } });
        answered.push(response.headers.get("x-request-id"));
        return response;
      });
      expect(line.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(answered).toEqual([String(line.requestId)]);
    }
  });
});

test("a line has the trace of a request that came with one, and a malformed one is ignored", async () => {
  const id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const trace = (traceparent: string) => lineOf(() => app.request("/livez", { headers: { traceparent } }));
  expect((await trace(`00-${id}-00f067aa0ba902b7-01`)).traceId).toBe(id);
  expect(await trace(`00-${id}-00f067aa0ba902b7-01-secret`)).not.toHaveProperty("traceId");
});

describe("a process writes all of its lines before it exits", () => {
  const ends = {
    "by itself": "",
    "at once": "process.exit(3)",
    "by an error": "throw new Error()",
  };
  for (const [how, code] of Object.entries(ends)) {
    test(how, async () => {
      const program = `
        import { createLog } from ${JSON.stringify(join(import.meta.dir, "../src/log.ts"))};
        const log = createLog({ level: "info", format: "json" });
        for (let index = 0; index < 2000; index += 1) log.info({ status: index }, "request");
        ${code}`;
      const child = Bun.spawn([process.execPath, "-e", program], {
        stdout: "pipe",
        stderr: "ignore",
      });
      const lines = (await new Response(child.stdout).text()).trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line).status)).toEqual([...Array(2000).keys()]);
    });
  }
});

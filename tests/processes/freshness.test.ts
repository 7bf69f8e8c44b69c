import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ApiKey } from "../../src/domain/access/keys/find.ts";
import { narrowApiKey } from "../../src/domain/access/keys/narrow.ts";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { rotateApiKey } from "../../src/domain/access/keys/rotate.ts";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { salts, startTestApp, type TestApp, zone } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { actor, makeAdmin, makeKey, makeProgram, ownForm, password } from "../support/factories.ts";
import { type ServerInProcess, startServerInProcess } from "../support/server-in-process.ts";
import { type CalledServer, type ServerProcess, startServerProcess } from "../support/server-process.ts";

/** Makes the changes, as the CLI does: without either of the servers. */
let home: TestApp;
let servers: readonly CalledServer[];
let own: ServerInProcess;
let other: ServerProcess;
let cookie: string;
const checkAuth = "/api/v1/checkAuth";
const listOf = (slug: string) => `/api/v1/admin/programs/${slug}/applications`;
const inDays = (days: number) => addDays(localDate(new Date(), zone), days);
const rules = { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true };

beforeAll(async () => {
  home = await startTestApp();
  await makeAdmin(home);
  await makeProgram(home);
  await makeProgram(home, { id: 2, adminName: "other-program" });
  const url = urlOf(home.database.target);
  [own, other] = await Promise.all([startServerInProcess(url), startServerProcess(url)]);
  servers = [own, other];
  cookie = await signInTo(own);
});
afterAll(async () => {
  await Promise.all([own.stop(), other.end("SIGTERM")]);
  await home.close();
});

async function signInTo(server: CalledServer): Promise<string> {
  const response = await server.call("/login", undefined, {
    method: "POST",
    headers: ownForm,
    redirect: "manual",
    body: new URLSearchParams({ email: "ada@example.org", password }),
  });
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

type Key = Awaited<ReturnType<typeof makeKey>>;
const newKey = (given: Parameters<typeof makeKey>[1] = {}) =>
  makeKey(home, {
    now: new Date(),
    expiration: inDays(30),
    subnet: "127.0.0.0/8",
    grants: [
      { slug: "snow-removal", permission: "READ" },
      { slug: "other-program", permission: "READ" },
    ],
    ...given,
  });

/** How each change is made; every call that starts after it must be refused. */
const changes: Record<string, { path: string; make: (key: Key) => Promise<unknown> }> = {
  retired: {
    path: checkAuth,
    make: ({ keyId }) => retireApiKey(home.database.db, { keyId, actor, now: new Date() }),
  },
  "retired by an admin on one of them": {
    path: checkAuth,
    make: async ({ apiKey }) => {
      const response = await own.call(`/admin/apiKeys/${apiKey.id}/retire`, undefined, {
        method: "POST",
        headers: { ...ownForm, cookie },
        redirect: "manual",
        body: "",
      });
      expect(response.status).toBe(303);
    },
  },
  rotated: {
    path: checkAuth,
    make: ({ keyId }) =>
      rotateApiKey(home.database.db, {
        keyId,
        form: { expiration: inDays(20), grace: "0" },
        rules,
        salts,
        actor,
        now: new Date(),
      }),
  },
  "narrowed to other subnets": {
    path: checkAuth,
    make: ({ apiKey }) => narrow(apiKey, { subnet: "127.128.0.0/9" }),
  },
  "narrowed to other programs": {
    path: listOf("other-program"),
    make: ({ apiKey }) => narrow(apiKey, { grants: [{ slug: "snow-removal", permission: "READ" }] }),
  },
  "run out": {
    path: checkAuth,
    make: async ({ apiKey }) => {
      await home.database.client`
        update api_keys set expiration = clock_timestamp() + interval '40 ms' where id = ${apiKey.id}`;
      await Bun.sleep(45);
    },
  },
};

function narrow(apiKey: ApiKey, given: Partial<Parameters<typeof narrowApiKey>[1]["form"]>) {
  const { name, subnets, grants } = apiKey;
  return narrowApiKey(home.database.db, {
    id: apiKey.id,
    form: {
      keyName: name,
      expiration: inDays(30),
      subnet: subnets.join(","),
      contactEmail: "",
      note: "",
      grants: grants.map(({ slug, permission }) => ({ slug, permission })),
      ...given,
    },
    zone,
    actor,
    now: new Date(),
  });
}

interface Call {
  readonly startedMs: number;
  readonly status: number;
}

/** Calls with one key on both servers, in several rows of one call after the other, until `isOver`. */
function callOn(path: string, token: string) {
  const rows = servers.flatMap((server) => [1, 2, 3].map(() => ({ server, calls: [] as Call[] })));
  let isOver = false;
  const rowsDone = rows.map(async ({ server, calls }) => {
    while (!isOver) {
      const startedMs = performance.now();
      const response = await server.call(path, token);
      await response.arrayBuffer();
      calls.push({ startedMs, status: response.status });
    }
  });
  return {
    /** Returns when every row has made this many calls that started after a time. */
    async untilCalled(count: number, afterMs: number): Promise<void> {
      const hasCalled = ({ calls }: { calls: Call[] }) =>
        calls.filter(({ startedMs }) => startedMs > afterMs).length >= count;
      while (!rows.every(hasCalled)) await Bun.sleep(5);
    },
    async end(): Promise<Call[]> {
      isOver = true;
      await Promise.all(rowsDone);
      return rows.flatMap(({ calls }) => calls);
    },
  };
}

describe("on two servers under load, no call that starts after the change passes", () => {
  for (const [name, { path, make }] of Object.entries(changes)) {
    test(`when its key is ${name}`, async () => {
      const key = await newKey();
      const calling = callOn(path, key.token);
      await calling.untilCalled(2, 0);
      await make(key);
      const changedMs = performance.now();
      await calling.untilCalled(3, changedMs);
      const calls = await calling.end();
      const after = calls.filter(({ startedMs }) => startedMs > changedMs);
      expect(calls.some(({ status }) => status === 200)).toBeTrue();
      expect(new Set(after.map(({ status }) => status))).toEqual(new Set([401]));
      expect(calls.every(({ status }) => status === 200 || status === 401)).toBeTrue();
    });
  }

  test("a new key works at once on every server", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { token } = await newKey();
      const answers = await Promise.all(servers.map((server) => server.call(checkAuth, token)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    }
  });
});

/** The real product on a real database, with a client address, a clock and a log that a test can set and read. */
import { type App, type AppServices, createApp } from "../../src/app.ts";
import { buildAssets } from "../../src/assets/build.ts";
import { readConfig } from "../../src/config/variables.ts";
import { createApiReads } from "../../src/db/reads/call-reads.ts";
import { createGate, type GateOptions } from "../../src/db/reads/gate.ts";
import { createSaltRing } from "../../src/domain/access/credentials.ts";
import { type Assets, loadAssets } from "../../src/http/answers/assets.ts";
import type { Pools } from "../../src/instance/pools.ts";
import { builtAssetsDir, createServices, type Services } from "../../src/instance/services.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { createLog, type LogDestination } from "../../src/log.ts";
import { openTestDatabase, type TestDatabase } from "./database.ts";
import { leakHunt } from "./leak-hunt.ts";
import { watchApp } from "./watched-app.ts";

/** A time in winter, at noon in Los Angeles. */
export const noon = new Date("2026-01-15T20:00:00Z");
export const zone = "America/Los_Angeles";
export const salts = createSaltRing("test salt 0123456789 abcdefghijkl", []);
export const testSecretKey = new Secret("test secret key 0123456789 abcdef");
leakHunt.expectNowhere("the secret key", testSecretKey.reveal());
for (const { value } of salts.all.values()) leakHunt.expectNowhere("a salt", value.reveal());

/** A product under test. */
export interface TestApp extends Pick<Services, "usage" | "refusals" | "rehasher" | "metrics" | "fingerprintKey"> {
  readonly app: App;
  readonly database: TestDatabase;
  /** Where the next requests come from. */
  peer: string | undefined;
  now: Date;
  /** All log lines so far, parsed. */
  readonly logLines: Record<string, unknown>[];
  /** Sends one request as the outside world would. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Calls the API with a token as Basic credentials. */
  call(path: string, token: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** What is to be different from a server: any service, and some that are made of another. */
export interface TestAppOptions extends Partial<AppServices> {
  /** That of another test app, which closes it. */
  readonly database?: TestDatabase;
  readonly gate?: GateOptions;
  /** The clock that is compared with PostgreSQL's: that of the machine, whatever `now` says. */
  readonly machineNow?: () => Date;
  readonly wrapLookup?: (lookup: Services["lookup"]) => Services["lookup"];
}

/** For tests that show no page: they need no build. */
export const noAssets: AppServices["assets"] = {
  version: "0",
  href: (name) => `/assets/${name}`,
  find: () => undefined,
};

const origin = "http://localhost:9000";
const config = readConfig({
  RATE_LIMIT_REFUSED_PER_MINUTE: "0",
  RATE_LIMIT_PER_KEY_PER_MINUTE: "0",
  RATE_LIMIT_ANONYMOUS_PER_MINUTE: "0",
  API_DOCS_ACCESS: "public",
});
/** More patient than a server: the machine of a test may be slow. */
const patientGate: GateOptions = { runningMax: 8, waitingMax: 100, patienceMs: 4_000 };

/** Starts the product on an empty database of its own, or again on that of another test app. */
export async function startTestApp({
  gate = patientGate,
  wrapLookup = (lookup) => lookup,
  machineNow = () => new Date(),
  ...options
}: TestAppOptions = {}): Promise<TestApp> {
  const database = options.database ?? (await openTestDatabase());
  const logLines: Record<string, unknown>[] = [];
  const services = createServices(
    { config, salts: options.salts ?? salts, secretKey: testSecretKey },
    {
      log: createLog({ level: "debug", format: "json", destination: watchLog(logLines) }),
      now: () => test.now,
      machineNow,
      baseUrl: options.baseUrl ?? (() => origin),
      pools: shareOnePool(database),
      assets: options.assets ?? (await loadBuiltAssets()),
    },
  );
  const app = watchApp(
    createApp({
      ...services,
      sync: undefined,
      reads: createApiReads({ db: database.db, gate }),
      writeGate: createGate(patientGate),
      lookup: wrapLookup(services.lookup),
      ...options,
    }),
  );
  const { usage, refusals, rehasher, metrics, fingerprintKey } = services;
  const test: TestApp = {
    ...{ app, database, usage, refusals, rehasher, metrics, fingerprintKey, logLines },
    peer: "203.0.113.7",
    now: noon,
    async request(path, init) {
      const request = new Request(`${origin}${path}`, init);
      const response = await app.handle(request, test.peer);
      if (request.method !== "HEAD") return response;
      // As Bun's server does.
      await response.body?.cancel();
      return new Response(null, response);
    },
    call(path, token, init) {
      const headers = new Headers(init?.headers);
      headers.set("authorization", `Basic ${token}`);
      return test.request(path, { ...init, headers });
    },
    async close() {
      await services.close();
      if (options.database === undefined) await database.close();
    },
  };
  return test;
}

let builtAssets: Promise<Assets> | undefined;

function loadBuiltAssets(): Promise<Assets> {
  builtAssets ??= buildAssets(builtAssetsDir).then(() => loadAssets(builtAssetsDir));
  return builtAssets;
}

function shareOnePool(database: TestDatabase): Pools {
  return {
    ...{ main: database, lookup: database, api: database, writes: database, replica: undefined },
    leaveBehind() {},
    async close() {},
  };
}

/** What a server would try again and tell its operator: here the database is there, so it is a fault. */
const faults = new Set(["a key could not change its salt", "could not be stored; kept, and tried again"]);

/** Keeps every line of the log for the test. Throws for what must not happen in one. */
function watchLog(lines: Record<string, unknown>[]): LogDestination {
  return {
    write(text) {
      leakHunt.search("the log", text);
      const line: Record<string, unknown> = JSON.parse(text);
      lines.push(line);
      if (faults.has(String(line.msg))) throw new Error(text);
    },
  };
}

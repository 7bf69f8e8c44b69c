/** The real product on a real database, with a client address, a clock and a log that a test can set and read. */

import { join } from "node:path";
import { Writable } from "node:stream";
import { type App, type AppDeps, createApp } from "../../src/app.ts";
import { readSchemaStatus } from "../../src/db/migrate.ts";
import { createApiReads } from "../../src/db/reads/call-reads.ts";
import { createGate, type GateOptions } from "../../src/db/reads/gate.ts";
import { createSaltRing, type SaltRing } from "../../src/domain/access/credentials.ts";
import { readKeyOverview } from "../../src/domain/access/keys/count.ts";
import { createKeyLookup } from "../../src/domain/access/lookup.ts";
import {
  createRefusalRecorder,
  type RefusalRecorder,
} from "../../src/domain/access/refusals/recorder.ts";
import { createRehasher, type Rehasher } from "../../src/domain/access/rehash.ts";
import { createKeyReader } from "../../src/domain/access/stored-keys.ts";
import { createUsageRecorder, type UsageRecorder } from "../../src/domain/access/usage/recorder.ts";
import { listSyncStates } from "../../src/domain/civiform/sync/state.ts";
import { loadAssets } from "../../src/http/answers/assets.ts";
import { createRateLimits, type RateLimits } from "../../src/http/api-guard/rate-limit.ts";
import { findFailingCheck } from "../../src/http/operations.ts";
import { createSessionCookie } from "../../src/http/page-guard/session-cookie.ts";
import type { ClientAddressPolicy } from "../../src/lib/net/client-address.ts";
import { deriveKey } from "../../src/lib/secrets/derived-keys.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { createLog } from "../../src/log.ts";
import { measureInstance } from "../../src/metrics/instance.ts";
import { createMetrics, type Metrics } from "../../src/metrics/registry.ts";
import { measureSyncs } from "../../src/metrics/syncs.ts";
import { openTestDatabase, type TestDatabase } from "./database.ts";
import { leakHunt } from "./leak-hunt.ts";
import { watchApp } from "./watched-app.ts";

/** A time in winter, at noon in Los Angeles. */
export const noon = new Date("2026-01-15T20:00:00Z");
export const zone = "America/Los_Angeles";
export const salts = createSaltRing("test salt 0123456789 abcdefghijkl", []);
const secretKey = new Secret("test secret key 0123456789 abcdef");
leakHunt.expectNowhere("the secret key", secretKey.reveal());
for (const { value } of salts.all.values()) leakHunt.expectNowhere("a salt", value.reveal());

/** A product under test. */
export interface TestApp {
  readonly app: App;
  readonly database: TestDatabase;
  readonly usage: UsageRecorder;
  readonly refusals: RefusalRecorder;
  readonly rehasher: Rehasher;
  readonly metrics: Metrics;
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

const origin = "http://localhost:9000";
const noLimits = createRateLimits({ refusedPerMinute: 0, perKeyPerMinute: 0 });

/** Starts the product on an empty database of its own, or again on the one of another test app. */
export async function startTestApp(
  options: {
    pageSizeMax?: number;
    baseUrl?: () => string;
    salts?: SaltRing;
    database?: TestDatabase;
    limits?: RateLimits;
    gate?: GateOptions;
    createLookup?: typeof createKeyLookup;
    clientAddressPolicy?: ClientAddressPolicy;
    metricsToken?: Secret;
    sync?: AppDeps["sync"];
  } = {},
): Promise<TestApp> {
  const database = options.database ?? (await openTestDatabase());
  const logLines: Record<string, unknown>[] = [];
  const log = createLog({
    level: "debug",
    format: "json",
    destination: new Writable({
      write(chunk, _encoding, done) {
        leakHunt.search("the log", String(chunk));
        logLines.push(JSON.parse(String(chunk)));
        done();
      },
    }),
  });
  const usage = createUsageRecorder({
    client: database.client,
    zone,
    report: (error) => {
      throw error;
    },
  });
  const refusals = createRefusalRecorder({
    client: database.client,
    zone,
    report: (error) => {
      throw error;
    },
  });
  const rehasher = createRehasher({
    client: database.client,
    salts: options.salts ?? salts,
    report: (error) => {
      throw error;
    },
  });
  const readStatus = () => readSchemaStatus(database.client);
  const metrics = createMetrics();
  measureInstance(metrics, {
    version: "0.0.0-test",
    findFailingCheck: () =>
      findFailingCheck({ readSchemaStatus: readStatus, isWritable: async () => true }),
    readKeyOverview: () => readKeyOverview(database.db, { now: test.now }),
    usage,
    refusals,
    pools: { pages: database.client },
  });
  measureSyncs(metrics, { readStates: () => listSyncStates(database.db), now: () => test.now });
  const builtDir = join(import.meta.dir, "../../public/built");
  const baseUrl = options.baseUrl ?? (() => origin);
  const product = createApp({
    db: database.db,
    apiDb: database.db,
    reads: createApiReads({
      db: database.db,
      gate: options.gate ?? { runningMax: 8, waitingMax: 100, patienceMs: 4_000 },
    }),
    writeGate: createGate({ runningMax: 8, waitingMax: 100, patienceMs: 4_000 }),
    lookup: (options.createLookup ?? createKeyLookup)(createKeyReader(database.client), {
      onBatch: metrics.countBatch,
    }),
    salts: options.salts ?? salts,
    usage,
    refusals,
    limits: options.limits ?? noLimits,
    rehasher,
    log,
    now: () => test.now,
    zone,
    pageSizeMax: options.pageSizeMax ?? 1000,
    pageTokenKey: deriveKey(secretKey, "page-token"),
    fingerprintKey: deriveKey(secretKey, "fingerprint"),
    rules: { zone, lifetimeDaysMax: 366, bansGlobalSubnet: true },
    sessionPolicy: { idleMinutes: 60, absoluteHours: 12, reauthenticateMinutes: 15 },
    cookie: createSessionCookie({ isHttps: () => baseUrl().startsWith("https:") }),
    assets: await loadAssets(builtDir),
    version: "0.0.0-test",
    baseUrl,
    clientAddressPolicy: options.clientAddressPolicy ?? { kind: "direct" },
    readSchemaStatus: readStatus,
    metrics,
    metricsToken: options.metricsToken,
    printMetrics: metrics.print,
    isWritable: async () => true,
    onSilence: () => {},
    sync: options.sync,
  });
  const app = watchApp(product);
  const test: TestApp = {
    app,
    database,
    usage,
    refusals,
    rehasher,
    metrics,
    peer: "203.0.113.7",
    now: noon,
    logLines,
    request: (path, init) => app.handle(new Request(`${origin}${path}`, init), test.peer),
    call(path, token, init) {
      const headers = new Headers(init?.headers);
      headers.set("authorization", `Basic ${token}`);
      return test.request(path, { ...init, headers });
    },
    async close() {
      await usage.close();
      await refusals.close();
      await rehasher.close();
      if (options.database === undefined) await database.close();
    },
  };
  return test;
}

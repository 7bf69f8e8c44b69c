/** A server that listens: how its parts are put together, and the order in which they end (spec 6). */
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { createApp } from "../app.ts";
import type { Config } from "../config/variables.ts";
import { readKeyOverview } from "../domain/access/keys/count.ts";
import { createKeyLookup } from "../domain/access/lookup.ts";
import { createKeyReader } from "../domain/access/stored-keys.ts";
import { listSyncStates } from "../domain/civiform/sync/state.ts";
import { loadAssets } from "../http/answers/assets.ts";
import { describeError } from "../http/answers/errors.ts";
import { createRateLimits } from "../http/api-guard/rate-limit.ts";
import { findFailingCheck } from "../http/operations.ts";
import { createSessionCookie } from "../http/page-guard/session-cookie.ts";
import { createAlertChannels } from "../instance/alert-channels.ts";
import type { Instance } from "../instance/open.ts";
import { waitAtMostMs } from "../lib/limits/deadline.ts";
import type { ClientAddressPolicy } from "../lib/net/client-address.ts";
import { parseSubnet, splitSubnetList } from "../lib/net/subnets.ts";
import { deriveKey } from "../lib/secrets/derived-keys.ts";
import { Secret } from "../lib/secrets/secret.ts";
import type { Log } from "../log.ts";
import { measureInstance } from "../metrics/instance.ts";
import { createMetrics, type Metrics, measureProcess } from "../metrics/registry.ts";
import { measureSyncs } from "../metrics/syncs.ts";
import { scheduleAlerts } from "./alerts.ts";
import { openPools } from "./pools.ts";
import type { Stoppable } from "./process.ts";
import { createServerReads, createWriteGate } from "./reads.ts";
import { openRecording } from "./recording.ts";
import { logSync, readSyncPlan, scheduleSyncs } from "./sync.ts";

/** A server that listens. */
export interface RunningServer extends Stoppable {
  /** The public URL. */
  readonly baseUrl: string;
  readonly instance: Instance;
  /** Stops accepting, finishes what is in flight (30 s at most), writes usage, closes. */
  stop(options?: { drainSeconds?: number }): Promise<void>;
}

/** Where the assets of the pages are built. */
export const builtAssetsDir = join(import.meta.dir, "../../public/built");
const drainSecondsMax = 30;
/** How long a connection may be silent: an answer that takes longer than that has failed. */
const idleSeconds = 60;

/** How a server process stands among others. */
export interface ServerOptions {
  /** Others listen on the same port (Linux gives each connection to one of them). */
  readonly sharesPort: boolean;
  /** Gives what prints the metrics of all of them. */
  readonly joinMetrics?: (own: Metrics) => () => Promise<string>;
}

/** Listens on a prepared instance. */
export async function listen(
  instance: Instance,
  log: Log,
  { sharesPort, joinMetrics }: ServerOptions,
): Promise<RunningServer> {
  const { config, salts, secretKey } = instance;
  const pools = openPools(instance);
  const { db, client } = pools.main;
  const zone = config.CIVIFORM_TIME_ZONE_ID;
  const recording = openRecording(instance, log);
  const { usage, refusals } = recording;
  const metrics = createMetrics();
  measureProcess(metrics);
  measureInstance(metrics, {
    version: packageJson.version,
    findFailingCheck: () => findFailingCheck(recording.checks),
    readKeyOverview: () => readKeyOverview(db, { now: new Date() }),
    usage,
    refusals,
    pools: {
      pages: client,
      api: pools.api.client,
      writes: pools.writes.client,
      lookup: pools.lookup.client,
      ...(pools.replica && { replica: pools.replica.client }),
    },
  });
  measureSyncs(metrics, { readStates: () => listSyncStates(db), now: () => new Date() });
  const syncPlan = readSyncPlan(config);
  let wakeSyncs = () => {};
  let baseUrl = config.BASE_URL ?? `http://localhost:${config.PORT}`;
  const app = createApp({
    db,
    apiDb: pools.writes.db,
    reads: createServerReads(pools, log),
    writeGate: createWriteGate(),
    lookup: createKeyLookup(createKeyReader(pools.lookup.client), {
      onBatch: metrics.countBatch,
      onSilence: pools.leaveBehind,
    }),
    onSilence: pools.leaveBehind,
    salts,
    usage,
    refusals,
    limits: createRateLimits({
      refusedPerMinute: config.RATE_LIMIT_REFUSED_PER_MINUTE,
      perKeyPerMinute: config.RATE_LIMIT_PER_KEY_PER_MINUTE,
    }),
    rehasher: recording.rehasher,
    log,
    now: () => new Date(),
    zone,
    pageSizeMax: config.CIVIFORM_API_APPLICATIONS_LIST_MAX_PAGE_SIZE,
    pageTokenKey: deriveKey(secretKey, "page-token"),
    fingerprintKey: deriveKey(secretKey, "fingerprint"),
    rules: {
      zone,
      lifetimeDaysMax: config.API_KEY_MAX_LIFETIME_DAYS,
      bansGlobalSubnet: config.CIVIFORM_API_KEYS_BAN_GLOBAL_SUBNET,
    },
    sessionPolicy: {
      idleMinutes: config.SESSION_IDLE_MINUTES,
      absoluteHours: config.SESSION_ABSOLUTE_HOURS,
      reauthenticateMinutes: config.REAUTHENTICATE_MINUTES,
    },
    cookie: createSessionCookie({ isHttps: () => baseUrl.startsWith("https:") }),
    assets: await loadAssets(builtAssetsDir),
    version: packageJson.version,
    baseUrl: () => baseUrl,
    clientAddressPolicy: readClientAddressPolicy(config),
    ...recording.checks,
    metrics,
    metricsToken: config.METRICS_TOKEN === undefined ? undefined : new Secret(config.METRICS_TOKEN),
    printMetrics: joinMetrics?.(metrics) ?? metrics.print,
    sync: syncPlan && { plan: syncPlan, wake: () => wakeSyncs() },
  });
  const server = Bun.serve({
    hostname: config.HOST,
    port: config.PORT,
    reusePort: sharesPort,
    // Bun's own limit answers before the product does. Whoever reads a body says how much of it is read.
    maxRequestBodySize: Number.POSITIVE_INFINITY,
    idleTimeout: idleSeconds,
    // Bun's own error page would show our source.
    development: false,
    error: () => new Response(null, { status: 500 }),
    fetch: (request, self) => app.handle(request, self.requestIP(request)?.address),
  });
  if (config.BASE_URL === undefined) baseUrl = `http://localhost:${server.port}`;
  log.info({ url: new URL(baseUrl), listensOn: server.url }, "listening");
  const alerts = scheduleAlerts({
    db,
    channels: createAlertChannels(config, secretKey),
    zone,
    baseUrl: () => baseUrl,
    now: () => new Date(),
    report(alert, error) {
      if (error === undefined) log.info({ alert }, "alert sent");
      else log.error({ alert, error: describeError(error) }, "an alert could not be sent");
    },
    reportFailure: (error) => log.error({ error: describeError(error) }, "alerts are not sent"),
  });
  const syncs = scheduleSyncs({
    db,
    plan: syncPlan,
    now: () => new Date(),
    report: (slug, outcome) => logSync(log, slug, outcome),
    reportFailure: (slug, error) =>
      log.error(
        { sync: { program: slug }, error: describeError(error) },
        "applications are not synced",
      ),
  });
  wakeSyncs = () => void syncs.run();
  return {
    baseUrl,
    instance,
    async stop({ drainSeconds = drainSecondsMax } = {}) {
      await drain(server, drainSeconds);
      await Promise.all([recording.close(), alerts.close(), syncs.close()]);
      await pools.close();
      await instance.close();
      log.info({}, "stopped");
    },
  };
}

/** Lets requests in flight finish, for as long as is decent. */
async function drain(server: Bun.Server<unknown>, drainSeconds: number): Promise<void> {
  const isDrained = await waitAtMostMs(server.stop(false), drainSeconds * 1000);
  if (!isDrained) await server.stop(true);
}

function readClientAddressPolicy(config: Config): ClientAddressPolicy {
  if (config.CLIENT_IP_TYPE === "DIRECT") return { kind: "direct" };
  const trusted = splitSubnetList(config.TRUSTED_PROXIES).flatMap(
    (text) => parseSubnet(text) ?? [],
  );
  if (trusted.length > 0) return { kind: "forwarded-through", trusted };
  return { kind: "forwarded", trustedHops: config.NUM_TRUSTED_PROXIES };
}

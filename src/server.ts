/** The process: configuration, database, migrations, listen; stop gracefully on a signal (spec 6). */
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { createAlertChannels, scheduleAlerts } from "./alerts.ts";
import { createApp } from "./app.ts";
import { logSync, readSyncPlan, scheduleSyncs } from "./application-sync.ts";
import { buildAssets } from "./assets/build.ts";
import { type Config, ConfigError } from "./config.ts";
import { connect } from "./db/client.ts";
import { EmbeddedPostgresError } from "./db/embedded-postgres.ts";
import { migrateDatabase, NewerSchemaError, readSchemaStatus } from "./db/migrate.ts";
import type { PostgresProgress } from "./db/postgres-progress.ts";
import { createRehasher } from "./domain/api-key-rehash.ts";
import { listSyncStates } from "./domain/application-sync-state.ts";
import type { ClientAddressPolicy } from "./domain/client-address.ts";
import { deriveKey } from "./domain/derived-keys.ts";
import { isDatabaseUnavailable } from "./domain/errors.ts";
import { createKeyLookup } from "./domain/key-lookup.ts";
import { readKeyOverview } from "./domain/key-overview.ts";
import { createRefusalRecorder } from "./domain/refusal-recorder.ts";
import { Secret } from "./domain/secret.ts";
import { createSetupToken } from "./domain/setup.ts";
import { createKeyReader } from "./domain/stored-keys.ts";
import { parseSubnet, splitSubnetList } from "./domain/subnets.ts";
import { createUsageRecorder } from "./domain/usage.ts";
import { loadAssets } from "./http/assets.ts";
import { describeError } from "./http/errors.ts";
import { findFailingCheck } from "./http/operations.ts";
import { createRateLimits } from "./http/rate-limit.ts";
import { createSessionCookie } from "./http/session-cookie.ts";
import { type Instance, openInstance, readConfig } from "./instance.ts";
import { measureInstance } from "./instance-metrics.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics, measureProcess } from "./metrics.ts";
import { measureSyncs } from "./sync-metrics.ts";

/** A server that listens. */
export interface RunningServer {
  /** The public URL. */
  readonly baseUrl: string;
  readonly instance: Instance;
  /** Stops accepting, finishes what is in flight (30 s at most), writes usage, closes. */
  stop(): Promise<void>;
}

const builtAssetsDir = join(import.meta.dir, "../public/built");
const requestBytesMax = 8 * 1024 * 1024;
const drainSeconds = 30;
/** How long a connection may be silent: an answer that takes longer than that has failed. */
const idleSeconds = 60;

/** Starts a server. Throws what `describeStartFailure` explains. */
export async function startServer(config: Config): Promise<RunningServer> {
  const log = createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  const report = (line: PostgresProgress) => log.info({}, line);
  const instance = await openInstance(config, { role: "server", connectionsMax: 10, report });
  try {
    await migrateDatabase(instance.target);
    await buildAssets(builtAssetsDir);
    return await listen(instance, log);
  } catch (error) {
    await instance.close();
    throw error;
  }
}

async function listen(instance: Instance, log: Log): Promise<RunningServer> {
  const { config, connection, salts, secretKey } = instance;
  const { db, client } = connection;
  // Checks have connections of their own: a long list never makes a call wait for its check.
  const lookupConnection = connect(instance.target, { connectionsMax: 4, plansOnce: true });
  // So has what the API reads: callers who ask for too much never make an admin's page wait.
  const apiConnection = connect(instance.target, { connectionsMax: 6 });
  const zone = config.CIVIFORM_TIME_ZONE_ID;
  const usage = createUsageRecorder({
    client,
    zone,
    report: (error) => log.error({ error: describeError(error) }, "usage could not be written"),
  });
  const refusals = createRefusalRecorder({
    client,
    zone,
    report: (error) => log.error({ error: describeError(error) }, "refusals could not be written"),
  });
  const rehasher = createRehasher({
    client,
    salts,
    report: (error) =>
      log.error({ error: describeError(error) }, "a key could not change its salt"),
  });
  const readStatus = () => readSchemaStatus(client);
  const metrics = createMetrics();
  measureProcess(metrics);
  measureInstance(metrics, {
    version: packageJson.version,
    findFailingCheck: () => findFailingCheck({ readSchemaStatus: readStatus }),
    readKeyOverview: () => readKeyOverview(db, { now: new Date() }),
    usage,
    refusals,
    pools: { pages: client, api: apiConnection.client, lookup: lookupConnection.client },
  });
  measureSyncs(metrics, { readStates: () => listSyncStates(db), now: () => new Date() });
  const syncPlan = readSyncPlan(config);
  let wakeSyncs = () => {};
  let baseUrl = config.BASE_URL ?? `http://localhost:${config.PORT}`;
  const app = createApp({
    db,
    apiDb: apiConnection.db,
    lookup: createKeyLookup(createKeyReader(lookupConnection.client), {
      onBatch: metrics.countBatch,
      onSilence() {
        lookupConnection.renew({ graceSeconds: 5 });
        // A long export may still be alive.
        apiConnection.renew({ graceSeconds: 120 });
        connection.renew({ graceSeconds: 30 });
      },
    }),
    salts,
    usage,
    refusals,
    limits: createRateLimits({
      refusedPerMinute: config.RATE_LIMIT_REFUSED_PER_MINUTE,
      perKeyPerMinute: config.RATE_LIMIT_PER_KEY_PER_MINUTE,
      report: (error) => log.error({ error: describeError(error) }, "a limit could not be kept"),
    }),
    rehasher,
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
    readSchemaStatus: readStatus,
    metrics,
    metricsToken: config.METRICS_TOKEN === undefined ? undefined : new Secret(config.METRICS_TOKEN),
    printMetrics: metrics.print,
    sync: syncPlan && { plan: syncPlan, wake: () => wakeSyncs() },
  });
  const server = Bun.serve({
    hostname: config.HOST,
    port: config.PORT,
    maxRequestBodySize: requestBytesMax,
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
    async stop() {
      await drain(server);
      await Promise.all([usage.close(), refusals.close(), alerts.close(), syncs.close()]);
      await rehasher.close();
      await lookupConnection.close();
      await apiConnection.close();
      await instance.close();
      log.info({}, "stopped");
    },
  };
}

/** Lets requests in flight finish, for as long as is decent. */
async function drain(server: Bun.Server<unknown>): Promise<void> {
  const tooLong = new Promise<"late">((resolve) => {
    setTimeout(() => resolve("late"), drainSeconds * 1000).unref();
  });
  const outcome = await Promise.race([server.stop(false), tooLong]);
  if (outcome === "late") await server.stop(true);
}

function readClientAddressPolicy(config: Config): ClientAddressPolicy {
  if (config.CLIENT_IP_TYPE === "DIRECT") return { kind: "direct" };
  const trusted = splitSubnetList(config.TRUSTED_PROXIES).flatMap(
    (text) => parseSubnet(text) ?? [],
  );
  if (trusted.length > 0) return { kind: "forwarded-through", trusted };
  return { kind: "forwarded", trustedHops: config.NUM_TRUSTED_PROXIES };
}

/** The one-time link that makes the first admin; undefined once there is one. */
export async function createSetupLink(server: RunningServer): Promise<string | undefined> {
  const token = await createSetupToken(server.instance.connection.db, { now: new Date() });
  return token && `${server.baseUrl}/setup?token=${token.reveal()}`;
}

/** Says why a start failed to the operator who has to mend it, or nothing when that is a surprise. */
export function describeStartFailure(error: unknown): string | undefined {
  const isExpected =
    error instanceof ConfigError ||
    error instanceof EmbeddedPostgresError ||
    error instanceof NewerSchemaError;
  if (isExpected) return error.message;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return "The port is in use: stop what listens there, or set PORT.";
  return undefined;
}

/** Stops a server on the first SIGTERM or SIGINT, and ends the process well. */
export function stopOnSignal(server: RunningServer): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    void server.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

/** Prints the link, if there is one. The server serves already: a database that is away now is no reason to stop it. */
async function printSetupLink(server: RunningServer): Promise<void> {
  try {
    const link = await createSetupLink(server);
    if (link) process.stdout.write(`There is no admin yet. Make the first one here: ${link}\n`);
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    process.stderr.write("The link for the first admin could not be made: restart to get it.\n");
  }
}

if (import.meta.main) {
  try {
    const server = await startServer(readConfig(process.env));
    stopOnSignal(server);
    process.stdout.write(`CiviKey listens on ${server.baseUrl}\n`);
    await printSetupLink(server);
  } catch (error) {
    const reason = describeStartFailure(error);
    if (reason === undefined) throw error;
    process.stderr.write(`CiviKey did not start. ${reason}\n`);
    process.exit(1);
  }
}

/** A server that listens, what it does by itself meanwhile, and the order in which all of it stops. */
import { createApp } from "../app.ts";
import { readBaseUrl } from "../config/variables.ts";
import { loadAssets } from "../http/answers/assets.ts";
import { describeError } from "../http/answers/errors.ts";
import type { Instance } from "../instance/open.ts";
import { openPools } from "../instance/pools.ts";
import { builtAssetsDir, createServices } from "../instance/services.ts";
import { waitAtMostMs } from "../lib/limits/deadline.ts";
import type { Checked, Log } from "../log.ts";
import { type Metrics, measureProcess } from "../metrics/registry.ts";
import { scheduleAlerts } from "./alerts.ts";
import { scheduleCleanup } from "./cleanup.ts";
import { scheduleDocs } from "./docs.ts";
import type { Stoppable } from "./process.ts";
import { startRendering } from "./rendering.ts";
import { logSync, scheduleSyncs } from "./sync.ts";

/** A server that listens. */
export interface RunningServer extends Stoppable {
  /** The public URL. */
  readonly baseUrl: string;
  readonly instance: Instance;
  /** Says so on `/readyz` for a while, stops accepting, finishes what is in flight (30 s at most), writes usage, closes. */
  stop(options?: { drainSeconds?: number }): Promise<void>;
}

const drainSecondsMax = 30;
/** How long a connection may be silent: an answer that takes longer than that has failed. */
const idleSeconds = 60;

/** How a server process works with others. */
interface ServerOptions {
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
  const { config } = instance;
  let port = config.PORT;
  const baseUrl = () => readBaseUrl(config, port);
  const now = () => new Date();
  const services = createServices(instance, {
    ...{ log, now, machineNow: now, baseUrl },
    pools: openPools(instance),
    assets: await loadAssets(builtAssetsDir),
  });
  const { db, metrics, rules, syncPlan } = services;
  measureProcess(metrics);
  let wakeSyncs = () => {};
  const app = createApp({
    ...services,
    printMetrics: joinMetrics?.(metrics) ?? metrics.print,
    sync: syncPlan && { plan: syncPlan, wake: () => wakeSyncs() },
  });
  const server = Bun.serve({
    hostname: config.HOST,
    port: config.PORT,
    reusePort: sharesPort,
    // Bun's own limit answers before the product does. Whatever reads a body limits how much it reads.
    maxRequestBodySize: Number.POSITIVE_INFINITY,
    idleTimeout: idleSeconds,
    // Bun's own error page would show our source.
    development: false,
    error: () => new Response(null, { status: 500 }),
    fetch: (request, self) => app.handle(request, self.requestIP(request)?.address),
  });
  port = server.port ?? port;
  log.info({ url: new URL(baseUrl()), listensOn: server.url }, "listening");
  const rendering = await startRendering(instance, log);
  const alerts = scheduleAlerts({
    ...{ db, zone: rules.zone, baseUrl, now },
    channels: services.channels,
    isClockRight: services.isClockRight,
    report(alert, error) {
      if (error === undefined) log.info({ alert }, "alert sent");
      else log.error({ alert, error: describeError(error) }, "an alert could not be sent");
    },
    reportFailure: (error) => log.error({ error: describeError(error) }, "alerts are not sent"),
  });
  const syncs = scheduleSyncs({
    ...{ db, plan: syncPlan, now },
    report: (slug, outcome, trace) => logSync(log, slug, outcome, trace),
    reportFailure: (slug, error) =>
      log.error({ sync: { program: slug }, error: describeError(error) }, "applications are not synced"),
  });
  const cleanup = scheduleCleanup({
    ...{ db, zone: rules.zone, now },
    isClockRight: services.isClockRight,
    reportErased: ({ slug, count }) =>
      log.info({ erasure: { program: slug as Checked<"slug">, count } }, "applications erased, kept for long enough"),
    reportFailure: (error) => log.error({ error: describeError(error) }, "old rows could not be deleted"),
  });
  const docs = scheduleDocs({
    ...{ db, programDocs: services.programDocs, operations: app.operations },
    reportFailure: (error) => log.error({ error: describeError(error) }, "docs could not be prepared"),
  });
  wakeSyncs = () => void syncs.run();
  return {
    baseUrl: baseUrl(),
    instance,
    async stop({ drainSeconds = drainSecondsMax } = {}) {
      services.announceStop();
      await Bun.sleep(config.SHUTDOWN_DELAY_SECONDS * 1000);
      services.programDocs.close();
      await drain(server, drainSeconds);
      await Promise.all([rendering.close(), alerts.close(), syncs.close(), cleanup.close(), docs.close()]);
      await services.close();
      await instance.close();
      log.info({}, "stopped");
    },
  };
}

/** Lets requests in flight finish for a while, then ends them. */
async function drain(server: Bun.Server<unknown>, drainSeconds: number): Promise<void> {
  const isDrained = await waitAtMostMs(server.stop(false), drainSeconds * 1000);
  if (!isDrained) await server.stop(true);
}

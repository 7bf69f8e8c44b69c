/** The server process: reads the configuration, migrates the database, listens. With `WORKERS`, several processes listen. */
import { buildAssets } from "./assets/build.ts";
import { type Config, readBaseUrl, readConfig } from "./config/variables.ts";
import { type Instance, migrateInstance } from "./instance/open.ts";
import { openServerInstance } from "./instance/pools.ts";
import { builtAssetsDir } from "./instance/services.ts";
import { createLog, type Log } from "./log.ts";
import { listen, type RunningServer } from "./server/listener.ts";
import { announce, runStart, stopOnSignal } from "./server/process.ts";
import { startWorkers } from "./server/supervisor.ts";
import { warnAtStart } from "./server/warnings.ts";

/** Starts a server. Throws what `describeFailure` explains. */
export async function startServer(
  config: Config,
  log = createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT }),
): Promise<RunningServer> {
  const instance = await openServerInstance(config, log);
  try {
    await prepare(instance, log);
    return await listen(instance, log, { sharesPort: false });
  } catch (error) {
    await instance.close();
    throw error;
  }
}

/** Prepares the schema and the assets, once, before any process listens. */
async function prepare(instance: Instance, log: Log): Promise<void> {
  await migrateInstance(instance, instance.owner);
  // A pooler that refuses our timeouts says so here instead of at the first call.
  await instance.connection.client`select 1`;
  await warnAtStart(instance, log, process.env);
  await buildAssets(builtAssetsDir);
}

/** One server; with `WORKERS`, several processes on its port. */
async function start(): Promise<void> {
  const config = readConfig(process.env);
  if (config.WORKERS > 1) return startShared(config);
  const server = await startServer(config);
  stopOnSignal(server);
  await announce(server.instance.connection.db, server.baseUrl);
}

async function startShared(config: Config): Promise<void> {
  const log = createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT, isShared: true });
  const instance = await openServerInstance(config, log);
  try {
    await prepare(instance, log);
    const workers = await startWorkers(config, log);
    stopOnSignal(workers);
    await announce(instance.connection.db, readBaseUrl(config, workers.port));
  } finally {
    await instance.close();
  }
}

if (import.meta.main) await runStart(start);

/** Several processes that share one port (`WORKERS`): starts them, replaces those that exit, stops them. */
import { join } from "node:path";
import type { Config } from "../config/variables.ts";
import { StartFailure } from "../instance/failure.ts";
import type { Log } from "../log.ts";
import { createMetricsHub, type MetricsMessage } from "../metrics/workers.ts";
import type { Stoppable } from "./process.ts";

/** What a worker tells its supervisor. */
export type WorkerMessage = { readonly kind: "listening" } | MetricsMessage;

/** Only the supervisor migrates. */
const withoutOwner = { DATABASE_MIGRATION_URL: undefined, DATABASE_MIGRATION_URL_FILE: undefined };
const workerFile = join(import.meta.dir, "worker.ts");
/** Enough to drain and to write what is left. */
const stopWithinMs = 75_000;
/** The pause before a replacement starts; it doubles each time a worker exits soon after its start. */
const pauseMsMin = 500;
const pauseMsMax = 30_000;
const youngMs = 60_000;

/**
 * Starts `WORKERS` processes on one port. Throws when the port is in use, or when a worker exits before it
 * listens: a replacement would fail too.
 */
export async function startWorkers(config: Config, log: Log): Promise<Stoppable & { readonly port: number }> {
  const port = findFreePort(config);
  const running = new Set<Bun.Subprocess>();
  const hub = createMetricsHub();
  let isStopping = false;

  async function sendMetrics(worker: Bun.Subprocess, id: number): Promise<void> {
    const text = await hub.print(running);
    // It may have exited meanwhile.
    if (running.has(worker)) worker.send({ kind: "text", id, text } satisfies MetricsMessage);
  }

  function start(youngDeaths: number): Promise<void> {
    const startedMs = performance.now();
    const listening = Promise.withResolvers<void>();
    const worker = Bun.spawn([process.execPath, workerFile], {
      env: { ...process.env, PORT: String(port), PORT_FILE: undefined, ...withoutOwner },
      stdio: ["ignore", "inherit", "inherit"],
      ipc(message: WorkerMessage, sender) {
        if (message.kind === "listening") listening.resolve();
        if (message.kind === "snapshot") hub.receive(sender, message.id, message.snapshot);
        if (message.kind === "text-wanted") void sendMetrics(sender, message.id);
      },
    });
    running.add(worker);
    void worker.exited.then(() => {
      running.delete(worker);
      hub.leave(worker);
      if (isStopping) return;
      const { pid, exitCode, signalCode: signal } = worker;
      listening.reject(new StartFailure("A worker exited before it could listen. Its own message says why."));
      const isYoung = performance.now() - startedMs < youngMs;
      const pauseMs = isYoung ? Math.min(pauseMsMin * 2 ** youngDeaths, pauseMsMax) : pauseMsMin;
      const exited = { pid, exitCode, signal, pauseMs };
      log.error({ worker: exited }, "a worker exited and is replaced");
      setTimeout(() => {
        // If it exits before it listens, that is logged above, like every other exit.
        if (!isStopping) start(isYoung ? youngDeaths + 1 : 0).catch(() => {});
      }, pauseMs);
    });
    return listening.promise;
  }

  async function stop(): Promise<void> {
    isStopping = true;
    for (const worker of running) worker.kill("SIGTERM");
    const tooLong = setTimeout(
      () => {
        for (const worker of running) worker.kill("SIGKILL");
      },
      config.SHUTDOWN_DELAY_SECONDS * 1000 + stopWithinMs,
    );
    await Promise.all([...running].map(({ exited }) => exited));
    clearTimeout(tooLong);
    log.info({}, "all workers have stopped");
  }

  try {
    await Promise.all(Array.from({ length: config.WORKERS }, () => start(0)));
  } catch (error) {
    await stop();
    throw error;
  }
  log.info({ workers: config.WORKERS }, "all workers listen");
  return { port, stop };
}

/**
 * The configured port, or any free one for 0. Throws `EADDRINUSE`: otherwise another process that shares
 * its port would silently take some of our calls.
 */
function findFreePort({ HOST, PORT }: Config): number {
  const probe = Bun.listen({ hostname: HOST, port: PORT, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

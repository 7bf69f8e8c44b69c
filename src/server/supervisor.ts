/** Several processes that share one port of a machine (spec 6, `WORKERS`): starts them, replaces those that die, stops them. */
import { join } from "node:path";
import type { Config } from "../config/variables.ts";
import type { Log } from "../log.ts";
import { createMetricsHub, type MetricsMessage } from "../metrics/workers.ts";
import { StartFailure, type Stoppable } from "./process.ts";

/** What a worker tells its supervisor. */
export type WorkerMessage = { readonly kind: "listening" } | MetricsMessage;

/** The workers, all of which listen. */
export interface Workers extends Stoppable {
  readonly port: number;
}

const workerFile = join(import.meta.dir, "worker.ts");
/** Drain, last writes, and some more. */
const stopWithinMs = 75_000;
/** The pause before a new worker, doubled each time that one dies young. */
const pauseMsMin = 500;
const pauseMsMax = 30_000;
const youngMs = 60_000;

/**
 * Starts `WORKERS` processes on one port. Throws when the port is taken, or when one of them ends before it
 * listens: what goes wrong at once would go wrong again.
 */
export async function startWorkers(config: Config, log: Log): Promise<Workers> {
  const port = findFreePort(config);
  const running = new Set<Bun.Subprocess>();
  const hub = createMetricsHub();
  let isStopping = false;

  async function sendMetrics(worker: Bun.Subprocess, id: number): Promise<void> {
    const text = await hub.print(running);
    // One that has ended meanwhile wants no answer.
    if (running.has(worker)) worker.send({ kind: "text", id, text } satisfies MetricsMessage);
  }

  function start(youngDeaths: number): Promise<void> {
    const startedMs = performance.now();
    const listening = Promise.withResolvers<void>();
    const worker = Bun.spawn([process.execPath, workerFile], {
      env: { ...process.env, PORT: String(port), PORT_FILE: undefined },
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
      listening.reject(new StartFailure("A worker ended before it listened: it has said why."));
      const isYoung = performance.now() - startedMs < youngMs;
      const pauseMs = isYoung ? Math.min(pauseMsMin * 2 ** youngDeaths, pauseMsMax) : pauseMsMin;
      const exited = { pid, exitCode, signal, pauseMs };
      log.error({ worker: exited }, "a worker ended; another takes its place");
      setTimeout(() => {
        // Should it end before it listens, then that is told above, like every other end.
        if (!isStopping) start(isYoung ? youngDeaths + 1 : 0).catch(() => {});
      }, pauseMs);
    });
    return listening.promise;
  }

  async function stop(): Promise<void> {
    isStopping = true;
    for (const worker of running) worker.kill("SIGTERM");
    const tooLong = setTimeout(() => {
      for (const worker of running) worker.kill("SIGKILL");
    }, stopWithinMs);
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
 * The port of the configuration, or any free one for 0. Throws `EADDRINUSE`: whoever else shares ports would
 * not notice us, and take a part of our calls.
 */
function findFreePort({ HOST, PORT }: Config): number {
  const probe = Bun.listen({ hostname: HOST, port: PORT, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

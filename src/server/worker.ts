/** One of several processes on one port; `supervisor.ts` starts it on a database that is ready. */

import { readConfig } from "../instance/open.ts";
import { openServerInstance } from "../instance/pools.ts";
import { withinMs } from "../lib/limits/deadline.ts";
import { createLog } from "../log.ts";
import type { Metrics } from "../metrics/registry.ts";
import type { MetricsMessage } from "../metrics/workers.ts";
import { listen } from "./listener.ts";
import { runStart, stopOnSignal } from "./process.ts";
import type { WorkerMessage } from "./supervisor.ts";

/** The supervisor asks every worker, and waits for less than that. */
const textWithinMs = 4_000;

await runStart(async () => {
  const config = readConfig(process.env);
  const log = createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT, isShared: true });
  const instance = await openServerInstance(config, log);
  const server = await listen(instance, log, { sharesPort: true, joinMetrics });
  const stop = stopOnSignal(server);
  // The supervisor has died: nobody would restart this process, or stop it.
  process.on("disconnect", stop);
  if (!process.connected) stop();
  tell({ kind: "listening" });
});

function tell(message: WorkerMessage): void {
  process.send?.(message);
}

/** Answers the supervisor with the metrics of this worker, and gives what prints those of all. */
function joinMetrics(metrics: Metrics): () => Promise<string> {
  const asked = new Map<number, (text: string) => void>();
  let lastId = 0;
  process.on("message", async (message: MetricsMessage) => {
    const { kind, id } = message;
    if (kind === "text") asked.get(id)?.(message.text);
    if (kind === "snapshot-wanted") {
      tell({ kind: "snapshot", id, snapshot: await metrics.takeSnapshot() });
    }
  });
  return async () => {
    lastId += 1;
    const id = lastId;
    const text = new Promise<string>((resolve) => asked.set(id, resolve));
    tell({ kind: "text-wanted", id });
    return withinMs(text, textWithinMs).finally(() => asked.delete(id));
  };
}

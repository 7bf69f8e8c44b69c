/** One of several processes on one port. `supervisor.ts` starts it when the database is ready. */
import { readConfig } from "../config/variables.ts";
import { openServerInstance } from "../instance/pools.ts";
import { withinMs } from "../lib/limits/deadline.ts";
import { createLog } from "../log.ts";
import type { Metrics } from "../metrics/registry.ts";
import type { MetricsMessage } from "../metrics/workers.ts";
import { listen } from "./listener.ts";
import { runStart, stopOnSignal } from "./process.ts";
import type { WorkerMessage } from "./supervisor.ts";

/** Longer than the supervisor waits for the answers of all workers. */
const textWithinMs = 4_000;

await runStart(async () => {
  const config = readConfig(process.env);
  const log = createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT, isShared: true });
  const instance = await openServerInstance(config, log);
  const server = await listen(instance, log, { sharesPort: true, joinMetrics });
  const stop = stopOnSignal(server);
  // Without the supervisor, nothing would restart or stop this process.
  process.on("disconnect", stop);
  if (!process.connected) stop();
  tell({ kind: "listening" });
});

function tell(message: WorkerMessage): void {
  process.send?.(message);
}

/** Sends the metrics of this worker to the supervisor on request, and gives what prints those of all workers. */
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

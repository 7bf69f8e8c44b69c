/** Makes docs in a thread of their own, which gives its memory back, so that no request waits for them. */
import type { DocsSource, PackedDocs } from "../../domain/openapi/program-docs.ts";
import { withinMs } from "../../lib/limits/deadline.ts";

/** When to give up. */
interface WorkerLimits {
  /** Ends the thread; its reason is thrown. */
  readonly signal: AbortSignal;
  /** A minute unless given. */
  readonly waitMs?: number;
}

const ownWorker = new URL("./worker.ts", import.meta.url).href;

/**
 * Gives what the thread makes of a source, and ends it. Throws `TooLateError` when it takes too long, and when
 * the thread fails or ends by itself.
 */
export async function packInWorker(
  source: DocsSource,
  { signal, waitMs = 60_000 }: WorkerLimits,
  workerUrl = ownWorker,
): Promise<PackedDocs> {
  signal.throwIfAborted();
  const worker = new Worker(workerUrl);
  const { promise, resolve, reject } = Promise.withResolvers<PackedDocs>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop);
  worker.onmessage = ({ data }: MessageEvent<PackedDocs>) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.addEventListener("close", () => reject(new Error("The worker ended without an answer.")));
  worker.postMessage(source);
  try {
    return await withinMs(promise, waitMs);
  } finally {
    signal.removeEventListener("abort", stop);
    worker.terminate();
  }
}

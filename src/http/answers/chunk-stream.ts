/** An answer whose body is made piece by piece. */
import { fullGC } from "bun:jsc";

/** A piece, usually UTF-8. */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Makes a body that asks for the next piece only when the last one has been taken. Waits for the first
 * piece, so that an early failure is still an error response. A later failure breaks the connection, so that
 * nobody mistakes a part for the whole. When the reader goes away, `chunks` is ended.
 */
export async function streamChunks(chunks: AsyncGenerator<Bytes>): Promise<ReadableStream<Bytes>> {
  let first: IteratorResult<Bytes> | undefined = await chunks.next();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = first ?? (await chunks.next());
      first = undefined;
      if (done === true) controller.close();
      else {
        controller.enqueue(value);
        collectSometimes(value.length);
      }
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/** After this many bytes, across all streams, their garbage is collected. */
const collectedEvery = 32 * 1024 * 1024;
let uncollected = 0;

/**
 * A stream should take less than 64 MB of memory. Left alone, the engine lets twice as much garbage pile
 * up before a full collection, which takes about ten milliseconds.
 */
function collectSometimes(sent: number): void {
  uncollected += sent;
  if (uncollected < collectedEvery) return;
  uncollected = 0;
  fullGC();
}

/** Pieces that are made one after the other, as the body of an answer. */
import { fullGC } from "bun:jsc";

/** A piece: UTF-8, most times. */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Makes a body that asks for the next piece only when the last one was taken. Waits for the first, so
 * that what fails at once is still an error and not half an answer; what fails later breaks the
 * connection, so that nobody takes a part for the whole. When the reader goes away, `chunks` is ended.
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

/** After so many bytes, of all streams together, what they left behind is collected. */
const collectedEvery = 32 * 1024 * 1024;
let uncollected = 0;

/**
 * Left alone, the engine lets twice as much garbage come together before it looks at all of it (spec 7:
 * a stream takes less than 64 MB). To look takes it some ten milliseconds.
 */
function collectSometimes(sent: number): void {
  uncollected += sent;
  if (uncollected < collectedEvery) return;
  uncollected = 0;
  fullGC();
}

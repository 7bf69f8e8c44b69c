/** An answer whose body is made piece by piece. */

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
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

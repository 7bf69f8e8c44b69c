/** Pieces that are made one after the other, as the body of an answer. */

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
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

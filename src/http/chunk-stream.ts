/** Texts that are made one after the other, as the body of an answer. */

/**
 * Makes a body that asks for the next text only when the last one was taken. Waits for the first, so
 * that what fails at once is still an error and not half an answer; what fails later breaks the
 * connection, so that nobody takes a part for the whole. When the reader goes away, `chunks` is ended.
 */
export async function streamChunks(
  chunks: AsyncGenerator<string>,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const encoder = new TextEncoder();
  let first: IteratorResult<string> | undefined = await chunks.next();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = first ?? (await chunks.next());
      first = undefined;
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

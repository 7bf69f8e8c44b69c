/** Answers that are there in one piece, as bytes. */
import { type ByteWriter, returnWriter } from "../../lib/json/byte-writer.ts";

/**
 * From here on Bun does not gather an answer that comes late: it sends every name and every value of its head
 * by itself, thirty packets before the first byte of the body, which it has copied. A stream that writes
 * straight to the socket has neither; it is chunked (RFC 9112, section 7.1), or ends with the connection.
 */
const largeFrom = 15 * 1024;

/** Answers 200 with what was written, and gives the writer back once it has gone; with an answer that nobody takes it is lost. */
export function respondWithWritten(out: ByteWriter, headers: Headers): Response {
  if (out.length < largeFrom) {
    const response = new Response(out.finish(), { headers });
    returnWriter(out);
    return response;
  }
  return new Response(
    new ReadableStream({
      type: "direct",
      async pull(controller) {
        // A number when the socket takes all of it at once, and a promise of it otherwise.
        const taken = controller.write(out.finish());
        if (typeof taken !== "number") await taken;
        controller.end();
        returnWriter(out);
      },
    }),
    { headers },
  );
}

/** Answers whose bytes are ready. */
import { type ByteWriter, returnWriter } from "../../lib/json/byte-writer.ts";

/**
 * For larger answers that come from a promise, Bun sends every header name and value by itself, thirty
 * packets before the first byte of the body, and copies the body. A stream that writes straight to the
 * socket avoids both; it is chunked (RFC 9112, section 7.1), or ends with the connection.
 */
const largeFrom = 15 * 1024;

/** Answers 200 with what was written, and returns the writer once it has been sent. */
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

/** Compresses pages for browsers that accept it: a list of 25 keys is 61 KB, and 4 KB compressed. */
import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import { chooseEncoding, streamEncodings } from "./negotiation.ts";

/** Off the event loop: a page can have megabytes. */
export const pagePackers = { gzip: promisify(gzip), zstd: promisify(zstdCompress) };

/** Smaller pages are not worth compressing. */
const bytesMin = 1024;

/** Tells whether an answer is a page. */
export function isPage(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/html") ?? false;
}

/**
 * Compresses a page. An answer without a body, or packed already, is left as it is, and so is the 201 that shows
 * new credentials: the length of a compressed page can reveal its content (BREACH).
 */
export async function packPage(request: Request, response: Response): Promise<Response> {
  const { headers } = response;
  const vary = headers.get("vary");
  headers.set("Vary", vary === null ? "Accept-Encoding" : `${vary}, Accept-Encoding`);
  if (request.method === "HEAD") return response;
  const encoding = chooseEncoding(request, streamEncodings);
  const showsCredentials = response.status === 201;
  if (encoding === "identity" || showsCredentials || headers.has("content-encoding")) return response;
  const plain = await response.bytes();
  if (plain.length < bytesMin) return new Response(plain, response);
  const packed = await pagePackers[encoding](plain);
  const answer = new Response(packed, response);
  answer.headers.set("Content-Encoding", encoding);
  answer.headers.delete("Content-Length");
  return answer;
}

/** Packs pages for who accepts it: a list of 25 keys is 61 KB, and 4 KB packed. */
import { gzipSync, zstdCompressSync } from "node:zlib";
import { chooseEncoding, streamEncodings } from "./negotiation.ts";

/** Below this a page is not worth it. */
const bytesMin = 1024;

/** Tells pages from everything else that is answered. */
export function isPage(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/html") ?? false;
}

/**
 * Packs a page. Left as they are: what has no body, and the 201 that shows new credentials (the
 * length of a packed page can tell what is in it; BREACH).
 */
export async function packPage(request: Request, response: Response): Promise<Response> {
  const { headers } = response;
  if (request.method === "HEAD") return response;
  const vary = headers.get("vary");
  headers.set("Vary", vary === null ? "Accept-Encoding" : `${vary}, Accept-Encoding`);
  const encoding = chooseEncoding(request, streamEncodings);
  const showsCredentials = response.status === 201;
  if (encoding === "identity" || showsCredentials) return response;
  const plain = await response.bytes();
  if (plain.length < bytesMin) return new Response(plain, response);
  const packed = encoding === "zstd" ? zstdCompressSync(plain) : gzipSync(plain);
  const answer = new Response(packed, response);
  answer.headers.set("Content-Encoding", encoding);
  answer.headers.delete("Content-Length");
  return answer;
}

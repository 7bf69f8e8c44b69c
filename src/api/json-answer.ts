/** A JSON text as an answer, which is kept nowhere on its way. */
export function respondWithJson(
  text: string | Uint8Array<ArrayBuffer>,
  more: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): Response {
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store", ...more.headers };
  return new Response(text, { status: more.status ?? 200, headers });
}

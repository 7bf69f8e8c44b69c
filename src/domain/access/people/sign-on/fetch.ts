/** Requests to a sign-on provider, whose answers are not trusted: they have one deadline together, and a limit of length. */
import { DomainError } from "../../../../lib/errors.ts";
import { isLoopbackHost } from "../../../../lib/net/public-addresses.ts";

/** Far longer than any discovery document, list of keys or ID token. */
const answerBytesMax = 512 * 1024;

/** Makes a `fetch` whose requests must all be answered before the signal is aborted. It throws `unavailable`. */
export function createProviderFetch(signal: AbortSignal) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    const { protocol, hostname } = new URL(url);
    if (protocol !== "https:" && !isLoopbackHost(hostname)) {
      throw new DomainError("unavailable", "The provider names an address that is not https.");
    }
    const limits = {
      redirect: "manual",
      // A connection from an earlier sign-on may have been closed meanwhile, and a code must not be sent twice.
      keepalive: false,
      signal,
      // Even where the environment says otherwise (NODE_TLS_REJECT_UNAUTHORIZED).
      tls: { rejectUnauthorized: true },
    } as const;
    try {
      const response = await fetch(url, { ...init, ...limits });
      const { status, headers } = response;
      return new Response(await readBody(response), { status, headers });
    } catch (cause) {
      if (cause instanceof DomainError) throw cause;
      const problem = signal.aborted ? "did not answer in time" : "could not be reached";
      throw new DomainError("unavailable", `The provider ${problem}.`, { cause });
    }
  };
}

async function readBody({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > answerBytesMax) throw new DomainError("unavailable", "The provider’s answer is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

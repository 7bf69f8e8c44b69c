import { afterEach, expect, test } from "bun:test";
import { createProviderFetch } from "../../../../../src/domain/access/people/sign-on/fetch.ts";
import { makeCertificate } from "../../../../support/certificates.ts";

const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
afterEach(() => {
  if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
});

test("a provider whose certificate nobody vouches for gets no request, whatever the environment says", async () => {
  let requests = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: await makeCertificate(),
    fetch() {
      requests += 1;
      return new Response("{}");
    },
  });
  try {
    const ask = createProviderFetch(AbortSignal.timeout(4_000));
    for (const value of ["1", "0"]) {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = value;
      await expect(ask(`https://127.0.0.1:${server.port}/token`, { method: "POST" })).rejects.toThrow(
        "could not be reached",
      );
    }
    expect(requests).toBe(0);
  } finally {
    await server.stop(true);
  }
});

/** A real OpenID Connect provider, npm's oidc-provider, in a process of its own. */
import { join } from "node:path";
import { createSignOnProvider, type SignOnProvider } from "../../src/domain/access/people/sign-on/provider.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { leakHunt } from "./leak-hunt.ts";

/** A running provider. A person signs in there by typing a JSON text with their claims, `sub` among them. */
export interface OidcProvider {
  readonly issuer: string;
  /** The product's side of it. */
  readonly signOn: SignOnProvider;
  /** Waits until it serves CiviKey at this origin, its only client. */
  serve(origin: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts it on a free port of loopback, known as `localhost`: to a browser, another site than 127.0.0.1. */
export async function startOidcProvider(): Promise<OidcProvider> {
  const secret = crypto.randomUUID();
  leakHunt.expectNowhere("a client's secret", secret);
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "oidc-provider-process.mjs")], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  const lines = readLines(child.stdout);
  const issuer = (await lines.next()).value ?? "";
  return {
    issuer,
    signOn: createSignOnProvider({
      name: "City of Seattle",
      discoveryUrl: new URL(`${issuer}/.well-known/openid-configuration`),
      clientId: "civikey",
      clientSecret: new Secret(secret),
      scope: "openid profile email",
      groupsClaim: "groups",
      groups: { admin: "CIVIFORM_GLOBAL_ADMIN", auditor: undefined },
    }),
    async serve(origin) {
      child.stdin.write(`${JSON.stringify([origin, secret])}\n`);
      child.stdin.flush();
      await lines.next();
    },
    async close() {
      child.kill();
      await child.exited;
    },
  };
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    const lines = `${text}${decoder.decode(chunk, { stream: true })}`.split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

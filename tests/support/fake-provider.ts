/**
 * A small OpenID Connect provider that signs with a real key, and whose every answer a test can replace: for what a
 * real provider never says.
 */
import { createSignOnProvider, type SignOnSettings } from "../../src/domain/access/people/sign-on/provider.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { leakHunt } from "./leak-hunt.ts";

type Claims = Record<string, unknown>;

/** What the browser brought to the provider, and who signed in. */
interface Grant {
  readonly query: URLSearchParams;
  readonly claims: Claims;
}

/** A running provider. */
export interface FakeProvider {
  readonly issuer: string;
  readonly settings: SignOnSettings;
  /** The people who sign in: claims of the ID token, beside those of every token. */
  person: Claims;
  /** The time in the ID tokens. */
  now: Date;
  /** Changes the discovery document. */
  discovery: (document: Claims) => Claims;
  /** Changes the header and the claims of the ID token before it is signed. */
  token: (token: { header: Claims; claims: Claims }) => { header: Claims; claims: Claims };
  /** Changes the signed ID token. */
  signed: (jwt: string) => string | Promise<string>;
  /** Changes the answer with the tokens. */
  tokens: (answer: Claims) => Claims;
  /** Answers instead of the provider, when it gives something. */
  intercept: (path: string) => Response | undefined | Promise<Response | undefined>;
  /** The paths of all requests so far. */
  readonly paths: string[];
  /** Signs in the person, as the provider's pages would, and gives the callback's query. */
  signIn(authorizationUrl: string): URLSearchParams;
  /** Makes everything as it was. */
  reset(): void;
  close(): Promise<void>;
}

const clientId = "civikey";
const clientSecret = "the client's own secret 0123456789";
leakHunt.expectNowhere("a client's secret", clientSecret);
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

/** A part of a JWT. */
export const encodePart = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");

/** Signs what the key of the provider, or another of the same kind, would. */
export async function signToken(header: Claims, claims: Claims, key = keys.privateKey): Promise<string> {
  const text = `${encodePart(header)}.${encodePart(claims)}`;
  const signature = await crypto.subtle.sign(algorithm, key, Buffer.from(text));
  return `${text}.${Buffer.from(signature).toString("base64url")}`;
}

/** Starts it on a free port of loopback. */
export async function startFakeProvider(): Promise<FakeProvider> {
  const jwk = { ...(await crypto.subtle.exportKey("jwk", keys.publicKey)), kid: "1", alg: "ES256", use: "sig" };
  const grants = new Map<string, Grant>();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request): Promise<Response> {
      const { pathname } = new URL(request.url);
      provider.paths.push(pathname);
      const other = await provider.intercept(pathname);
      if (other !== undefined) return other;
      if (pathname === "/.well-known/openid-configuration") return Response.json(provider.discovery(describe()));
      if (pathname === "/keys") return Response.json({ keys: [jwk] });
      if (pathname === "/token") return giveTokens(new URLSearchParams(await request.text()));
      if (pathname === "/userinfo") return Response.json({ sub: provider.person.sub });
      return new Response("not found", { status: 404 });
    },
  });
  const issuer = `http://127.0.0.1:${server.port}`;
  const describe = (): Claims => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/keys`,
    end_session_endpoint: `${issuer}/sign-out`,
    token_endpoint_auth_methods_supported: ["client_secret_post"],
    id_token_signing_alg_values_supported: ["ES256"],
  });

  async function giveTokens(form: URLSearchParams): Promise<Response> {
    const code = form.get("code") ?? "";
    const grant = grants.get(code);
    grants.delete(code);
    const challenge = new Bun.CryptoHasher("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
    const isRight =
      form.get("client_secret") === clientSecret &&
      form.get("redirect_uri") === grant?.query.get("redirect_uri") &&
      challenge === grant?.query.get("code_challenge");
    if (!isRight) return Response.json({ error: "invalid_grant" }, { status: 400 });
    const { header, claims } = provider.token({ header: { alg: "ES256", kid: "1" }, claims: grant.claims });
    const signed = await signToken(header, claims);
    leakHunt.expectNowhere("an ID token", signed);
    const idToken = await provider.signed(signed);
    const accessToken = crypto.randomUUID() + crypto.randomUUID();
    leakHunt.expectNowhere("an access token", accessToken);
    return Response.json(
      provider.tokens({ access_token: accessToken, token_type: "Bearer", expires_in: 60, id_token: idToken }),
    );
  }

  const usual = {
    discovery: (document: Claims) => document,
    token: (token: { header: Claims; claims: Claims }) => token,
    signed: (jwt: string) => jwt,
    tokens: (answer: Claims) => answer,
    intercept: () => undefined,
  };
  const ada = { sub: "ada-1", email: "ada@example.org", email_verified: true, groups: ["CIVIFORM_GLOBAL_ADMIN"] };
  const provider: FakeProvider = {
    ...usual,
    issuer,
    settings: {
      name: "City of Seattle",
      discoveryUrl: new URL(`${issuer}/.well-known/openid-configuration`),
      clientId,
      clientSecret: new Secret(clientSecret),
      scope: "openid email",
      groupsClaim: "groups",
      groups: { admin: "CIVIFORM_GLOBAL_ADMIN", auditor: "AUDITORS" },
    },
    person: ada,
    now: new Date(),
    paths: [],
    signIn(authorizationUrl) {
      const query = new URL(authorizationUrl).searchParams;
      const code = crypto.randomUUID();
      const seconds = Math.floor(provider.now.getTime() / 1000);
      const ofEvery = { iss: issuer, aud: clientId, iat: seconds, exp: seconds + 300, auth_time: seconds };
      grants.set(code, { query, claims: { ...ofEvery, nonce: query.get("nonce"), ...provider.person } });
      return new URLSearchParams({ code, state: query.get("state") ?? "" });
    },
    reset() {
      Object.assign(provider, usual, { person: ada });
      provider.paths.length = 0;
    },
    close: () => server.stop(true),
  };
  return provider;
}

/** The product's side of a fake provider; a test waits no longer than it must for one that is slow. */
export function connectTo(provider: FakeProvider, settings: Partial<SignOnSettings> = {}, withinMs = 4_000) {
  return createSignOnProvider({ ...provider.settings, ...settings }, { signingOn: withinMs, signingOut: withinMs });
}

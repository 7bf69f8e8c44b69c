/**
 * Speaks OpenID Connect with the provider where people sign in: the authorization code flow with PKCE, state and nonce.
 * What the provider says is not trusted before it is checked. Its tokens are kept nowhere.
 */
import * as oidc from "openid-client";
import { DomainError } from "../../../../lib/errors.ts";
import { isEmailAddress } from "../../../../lib/net/email-address.ts";
import type { Secret } from "../../../../lib/secrets/secret.ts";
import { createProviderFetch } from "./fetch.ts";

/** A provider, and CiviKey's client there. */
export interface SignOnSettings {
  /** What people call it: the name on the button. */
  readonly name: string;
  /** The address of the discovery document; https, loopback excepted. */
  readonly discoveryUrl: URL;
  readonly clientId: string;
  /** Undefined for a public client. */
  readonly clientSecret: Secret | undefined;
  /** Separated by blanks. */
  readonly scope: string;
  /** The claim with a person's groups. */
  readonly groupsClaim: string;
  /** The groups that give a role. */
  readonly groups: { readonly admin: string | undefined; readonly auditor: string | undefined };
}

/** What the answer to a question is checked against. */
export interface SignOnQuestion {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Who a person is at the provider. Issuer and subject last; the rest is of today. */
export interface SignOnIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
  readonly isEmailVerified: boolean;
  readonly groups: readonly string[];
}

/** The provider as pages use it. What fails because of the provider throws `unavailable`. */
export interface SignOnProvider extends Pick<SignOnSettings, "name" | "groups"> {
  /** Where to send the browser, and the question that its answer must belong to. `isFresh`: even people who are signed in there sign in again. */
  ask(input: { redirectUri: string; isFresh: boolean; now: Date }): Promise<{ url: string; question: SignOnQuestion }>;
  /**
   * Who the answer in `callbackUrl` says it is. `freshSince`: the person must have signed in there since then.
   * Throws `forbidden` for an answer that fails a check, and `conflict` when the provider says that nobody signed in.
   */
  read(input: {
    callbackUrl: URL;
    question: SignOnQuestion;
    freshSince: Date | undefined;
    now: Date;
  }): Promise<SignOnIdentity>;
  /** Where to sign out at the provider, from where the browser returns; undefined when there is no such page. */
  findSignOutUrl(input: { returnTo: string; now: Date }): Promise<string | undefined>;
}

/** Less than a page may take; `signingOut` is a courtesy, for which nobody waits long. */
const usualWithinMs = { signingOn: 6_000, signingOut: 2_000 };

/** Makes the provider of a process. Nothing is read before somebody signs in. */
export function createSignOnProvider(settings: SignOnSettings, withinMs = usualWithinMs): SignOnProvider {
  const { name, groups, scope, groupsClaim } = settings;
  return {
    name,
    groups,
    async ask({ redirectUri, isFresh, now }) {
      const codeVerifier = oidc.randomPKCECodeVerifier();
      const question = { state: oidc.randomState(), nonce: oidc.randomNonce(), codeVerifier };
      const challenge = await oidc.calculatePKCECodeChallenge(codeVerifier);
      const config = await discover(settings, { withinMs: withinMs.signingOn, now });
      const url = await explained(() =>
        oidc.buildAuthorizationUrl(config, {
          ...{ redirect_uri: redirectUri, scope, state: question.state, nonce: question.nonce },
          ...{ code_challenge: challenge, code_challenge_method: "S256" },
          ...(isFresh ? { prompt: "login", max_age: "0" } : {}),
        }),
      );
      return { url: url.href, question };
    },

    async read({ callbackUrl, question, freshSince, now }) {
      const config = await discover(settings, { withinMs: withinMs.signingOn, now });
      const { issuer, userinfo_endpoint: userInfoUrl } = config.serverMetadata();
      return explained(async () => {
        const tokens = await oidc.authorizationCodeGrant(config, callbackUrl, {
          expectedState: question.state,
          expectedNonce: question.nonce,
          pkceCodeVerifier: question.codeVerifier,
          idTokenExpected: true,
          ...(freshSince && { maxAge: Math.ceil((now.getTime() - freshSince.getTime()) / 1000) }),
        });
        const claims = tokens.claims();
        if (claims === undefined) throw refused("The provider sent no ID token.");
        if (claims.iat > now.getTime() / 1000 + clockToleranceSeconds) throw refused("The ID token is of the future.");
        const isShort = claims.email === undefined || claims[groupsClaim] === undefined;
        const more = userInfoUrl && isShort && (await oidc.fetchUserInfo(config, tokens.access_token, claims.sub));
        // What the user info calls verified is its own address, not another in the token.
        const ofAnother = more && claims.email !== undefined && more.email !== claims.email;
        const unverified = ofAnother && { email_verified: undefined, xms_edov: undefined };
        return readIdentity(issuer, { ...more, ...unverified, ...claims }, groupsClaim);
      }, refusals);
    },

    async findSignOutUrl({ returnTo, now }) {
      const config = await discover(settings, { withinMs: withinMs.signingOut, now });
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
      return explained(() => oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo }).href);
    },
  };
}

/** By how much the provider's clock may differ from ours. */
const clockToleranceSeconds = 30;

/** Reads the discovery document. It must be that of the issuer whose address it has (OpenID Connect Discovery 1.0, section 4.3). */
async function discover(
  { discoveryUrl, clientId, clientSecret }: SignOnSettings,
  { withinMs, now }: { withinMs: number; now: Date },
): Promise<oidc.Configuration> {
  const isLocal = discoveryUrl.protocol === "http:";
  const clock = {
    [oidc.clockSkew]: Math.floor(now.getTime() / 1000) - Math.floor(Date.now() / 1000),
    [oidc.clockTolerance]: clockToleranceSeconds,
  };
  const config = await explained(() =>
    oidc.discovery(discoveryUrl, clientId, clock, authenticate(clientSecret), {
      execute: [oidc.enableNonRepudiationChecks, ...(isLocal ? [oidc.allowInsecureRequests] : [])],
      [oidc.customFetch]: createProviderFetch(AbortSignal.timeout(withinMs)),
    }),
  );
  const { issuer } = config.serverMetadata();
  const expected = URL.parse(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (expected?.href === discoveryUrl.href) return config;
  throw new DomainError("unavailable", "The provider’s discovery document names another issuer.");
}

/** Sends the client's secret in the body where the provider says that it takes that, else in a header. */
function authenticate(clientSecret: Secret | undefined): oidc.ClientAuth {
  const secret = clientSecret?.reveal();
  if (secret === undefined) return oidc.None();
  const [post, basic] = [oidc.ClientSecretPost(secret), oidc.ClientSecretBasic(secret)];
  return (server, ...rest) => {
    const takesPost = server.token_endpoint_auth_methods_supported?.includes("client_secret_post");
    return (takesPost ? post : basic)(server, ...rest);
  };
}

/** OpenID Connect Core 1.0, section 2. */
const subjectLengthMax = 255;

const yes: readonly unknown[] = [true, "true", 1, "1"];

function readIdentity(issuer: string, claims: Record<string, unknown>, groupsClaim: string): SignOnIdentity {
  const { sub: subject, email, email_verified: verified, xms_edov: domainVerified } = claims;
  if (typeof subject !== "string" || !/^[\x20-\x7e]+$/.test(subject) || subject.length > subjectLengthMax) {
    throw refused("The subject of the ID token is not one.");
  }
  const isAddress =
    typeof email === "string" &&
    isEmailAddress(email) &&
    // In lower case, a letter that stands for another (U+212A for K) would make it somebody else's address.
    email === email.normalize("NFKC");
  const groups = [claims[groupsClaim]].flat();
  return {
    issuer,
    subject,
    email: isAddress ? email : undefined,
    // Some send texts; Entra says with a claim of its own whether the tenant owns the address's domain.
    isEmailVerified: [verified, domainVerified].some((value) => yes.includes(value)),
    groups: groups.filter((group) => typeof group === "string"),
  };
}

const refused = (message: string, cause?: unknown) => new DomainError("forbidden", message, { cause });

/** What the library says of an answer that is readable, and wrong. */
const refusals: Readonly<Record<string, string>> = {
  OAUTH_INVALID_RESPONSE: "The provider’s answer, or its ID token, is not valid.",
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: "The provider answered about somebody else.",
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: "The ID token is not for this sign-on.",
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED:
    "The ID token has expired or is not valid yet, or the person did not sign in again.",
  OAUTH_KEY_SELECTION_FAILED: "The ID token is not signed with a key of the provider.",
  OAUTH_UNSUPPORTED_OPERATION: "The ID token is signed in a way that is not accepted.",
};

/** Does what the library does, and says in our words why it could not: `wrong` has what is the fault of an answer. */
async function explained<T>(work: () => T | Promise<T>, wrong: typeof refusals = {}): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = findOwnError(error) ?? error;
    if (cause instanceof DomainError) throw cause;
    if (error instanceof oidc.AuthorizationResponseError) {
      throw new DomainError("conflict", `The provider signed nobody in (${readCode(error.error)}).`);
    }
    if (error instanceof oidc.ResponseBodyError) {
      const problem = `The provider refused the code (${readCode(error.error)}).`;
      throw new DomainError(error.error === "invalid_grant" ? "forbidden" : "unavailable", problem, { cause });
    }
    const refusal = error instanceof oidc.ClientError ? wrong[error.code ?? ""] : undefined;
    if (refusal !== undefined) throw refused(refusal, cause);
    throw new DomainError("unavailable", "The provider’s answer could not be read.", { cause });
  }
}

/** The library wraps what our `fetch` throws. */
function findOwnError(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error;
  return error instanceof Error && error.cause !== undefined ? findOwnError(error.cause) : undefined;
}

/** An error code of OAuth (RFC 6749, sections 4.1.2.1 and 5.2). Anything else is not repeated. */
function readCode(text: string): string {
  return /^[a-z_]{1,40}$/.test(text) ? text : "for an unknown reason";
}

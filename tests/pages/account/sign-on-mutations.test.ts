/** Sign-on answers that are wrong in one place each. None of them signs anybody in; the answer without a change does. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { connectTo, encodePart, type FakeProvider, signToken, startFakeProvider } from "../../support/fake-provider.ts";

let app: TestApp;
let provider: FakeProvider;

beforeAll(async () => {
  provider = await startFakeProvider();
  provider.now = noon;
  app = await startTestApp({ signOn: connectTo(provider) });
});
afterAll(async () => {
  await app.close();
  await provider.close();
});

type Part = Record<string, unknown>;

/** What is changed on the way of one answer. */
interface Change {
  readonly header?: (header: Part) => Part;
  readonly claims?: (claims: Part) => Part;
  readonly signed?: FakeProvider["signed"];
  readonly tokens?: FakeProvider["tokens"];
  readonly discovery?: FakeProvider["discovery"];
  /** The callback's query; `other` is that of another sign-on of the same person. */
  readonly query?: (query: URLSearchParams, other: URLSearchParams) => URLSearchParams | string;
  /** The browser's cookie; `other` is that of another browser. */
  readonly cookie?: (cookie: string, other: string) => string;
  readonly minutesLater?: number;
  /** How often the browser comes back: the last time counts. */
  readonly times?: number;
}

const begin = async () => {
  const response = await app.request("/login/sign-on");
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  return { cookie, query: provider.signIn(response.headers.get("location") ?? "") };
};

async function signOn(change: Change): Promise<Response> {
  provider.reset();
  app.now = noon;
  const { header = (same) => same, claims = (same) => same } = change;
  provider.token = (token) => ({ header: header(token.header), claims: claims(token.claims) });
  provider.signed = change.signed ?? provider.signed;
  provider.tokens = change.tokens ?? provider.tokens;
  const own = await begin();
  const other = change.query || change.cookie ? await begin() : own;
  provider.discovery = change.discovery ?? provider.discovery;
  const query = change.query?.(new URLSearchParams(own.query), other.query) ?? own.query;
  const cookie = change.cookie?.(own.cookie, other.cookie) ?? own.cookie;
  app.now = new Date(noon.getTime() + (change.minutesLater ?? 0) * 60_000);
  let response = new Response();
  for (let time = 0; time < (change.times ?? 1); time += 1) {
    response = await app.request(`/login/callback?${query}`, { headers: { cookie } });
  }
  return response;
}

const sessionOf = (response: Response) =>
  response.headers.getSetCookie().find((line) => /^civikey_session=./.test(line));

const seconds = noon.getTime() / 1000;
const replace = (text: string, at: number) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
const otherCase = (text: string) =>
  [...text].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join("");
const positions = [0, 11, 22, 33];

/** Ways to write a text wrong. */
const wrongTexts: readonly ((text: string) => string)[] = [
  ...positions.map((at) => (text: string) => replace(text, at)),
  () => "",
  (text) => text.slice(1),
  (text) => text.slice(0, -1),
  (text) => `${text}A`,
  (text) => ` ${text}`,
  (text) => `${text}%00`,
  (text) => text + text,
  otherCase,
];

/** What is no text at all. */
const noTexts: readonly unknown[] = [undefined, null, 0, true, [], {}];

const setParameter = (name: string, change: (text: string) => string) => (query: URLSearchParams) => {
  query.set(name, change(query.get(name) ?? ""));
  return query;
};
const setClaim = (name: string, value: unknown) => (claims: Part) => ({ ...claims, [name]: value });
const changeParts = (change: (parts: readonly [string, string, string]) => readonly string[]) => (jwt: string) => {
  const [header = "", claims = "", signature = ""] = jwt.split(".");
  return change([header, claims, signature]).join(".");
};
const readPart = (part: string): Part => JSON.parse(Buffer.from(part, "base64url").toString());

/** Signs a token again, with a key that the provider never had. */
const forge =
  (header: (publicKey: Part) => Part, claims: Part = {}) =>
  async (jwt: string) => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]);
    const jwk = await crypto.subtle.exportKey("jwk", publicKey);
    const [, old = ""] = jwt.split(".");
    return signToken({ alg: "ES256", ...header({ ...jwk }) }, { ...readPart(old), ...claims }, privateKey);
  };
const hmac = (key: string) => (jwt: string) => {
  const [, claims = ""] = jwt.split(".");
  const text = `${encodePart({ alg: "HS256", kid: "1" })}.${claims}`;
  return `${text}.${new Bun.CryptoHasher("sha256", key).update(text).digest("base64url")}`;
};
/** A provider that says that it signs like this. */
const says = (...algorithms: string[]): Pick<Change, "discovery"> => ({
  discovery: (document) => ({ ...document, id_token_signing_alg_values_supported: algorithms }),
});
const noneHeader = (alg: string) => encodePart({ alg, kid: "1" });

const otherIssuers = (issuer: string): readonly unknown[] => [
  `${issuer}/`,
  `${issuer}/x`,
  `${issuer}.evil.example`,
  `${issuer}#`,
  `${issuer}?`,
  issuer.replace("http:", "https:"),
  issuer.replace("http:", "HTTP:"),
  issuer.replace("127.0.0.1", "localhost"),
  issuer.replace("//", "//evil@"),
  issuer.replace(/:\d+$/, ""),
  issuer.slice(0, -1),
  [issuer],
  "https://login.evil.example",
  ...noTexts,
];

const changes: Readonly<Record<string, () => readonly Change[]>> = {
  state: () => [
    ...wrongTexts.map((wrong) => ({ query: setParameter("state", wrong) })),
    { query: (query) => `code=${query.get("code")}` },
    { query: (query) => `${query}&state=${query.get("state")}` },
    { query: (query, other) => `code=${query.get("code")}&state=${other.get("state")}` },
    { query: (query) => `code=${query.get("code")}&STATE=${query.get("state")}` },
    { query: (query) => `code=${query.get("code")}&state[]=${query.get("state")}` },
  ],
  nonce: () => [
    ...wrongTexts.map((wrong) => ({ claims: (claims: Part) => ({ ...claims, nonce: wrong(String(claims.nonce)) }) })),
    ...noTexts.map((value) => ({ claims: setClaim("nonce", value) })),
    { claims: (claims) => ({ ...claims, nonce: [claims.nonce] }) },
  ],
  issuer: () => [
    ...otherIssuers(provider.issuer).map((value) => ({ claims: setClaim("iss", value) })),
    { query: (query) => `${query}&iss=https://login.evil.example` },
    { query: (query) => `${query}&iss=${provider.issuer}&iss=${provider.issuer}` },
    { discovery: (document) => ({ ...document, authorization_response_iss_parameter_supported: true }) },
    ...otherIssuers(provider.issuer)
      .filter((value) => value !== `${provider.issuer}/`)
      .map((issuer) => ({ discovery: (document: Part) => ({ ...document, issuer }) })),
  ],
  audience: () => [
    ...wrongTexts.slice(-8).map((wrong) => ({ claims: setClaim("aud", wrong("civikey")) })),
    ...noTexts.map((value) => ({ claims: setClaim("aud", value) })),
    { claims: setClaim("aud", ["another"]) },
    { claims: setClaim("aud", ["civikey", "another"]) },
    { claims: setClaim("aud", [["civikey"]]) },
    { claims: (claims) => ({ ...claims, aud: ["civikey", "another"], azp: "another" }) },
    { claims: (claims) => ({ ...claims, aud: ["civikey", "another"], azp: ["civikey"] }) },
    { claims: (claims) => ({ ...claims, aud: ["another"], azp: "civikey" }) },
  ],
  time: () => [
    ...[-32, -60, -3_600, -86_400, -31_536_000].map((past) => ({ claims: setClaim("exp", seconds + past) })),
    ...[32, 60, 3_600, 86_400].map((future) => ({ claims: setClaim("iat", seconds + future) })),
    ...[32, 60, 3_600, 86_400].map((future) => ({ claims: setClaim("nbf", seconds + future) })),
    ...["exp", "iat"].flatMap((name) =>
      noTexts.filter((value) => value !== 0).map((value) => ({ claims: setClaim(name, value) })),
    ),
    ...["exp", "iat", "nbf"].flatMap((name) =>
      [String(seconds + 300), noon.toISOString(), [seconds + 300]].map((value) => ({ claims: setClaim(name, value) })),
    ),
    { claims: setClaim("exp", 0) },
    { claims: setClaim("exp", -seconds) },
    { claims: setClaim("auth_time", "now") },
    { claims: setClaim("auth_time", -1) },
    { minutesLater: 10 },
    { minutesLater: 11 },
    { minutesLater: 1440 },
  ],
  signature: () => [
    ...positions.map((at) => ({
      signed: changeParts(([header, claims, signature]) => [header, claims, replace(signature, at)]),
    })),
    ...[{ sub: "eve" }, { email: "eve@example.org" }, { groups: ["AUDITORS"] }, { exp: seconds + 9_999 }].map(
      (claims) => ({
        signed: changeParts(([header, old, signature]) => [
          header,
          encodePart({ ...readPart(old), ...claims }),
          signature,
        ]),
      }),
    ),
    { signed: changeParts(([header, claims]) => [header, claims, ""]) },
    { signed: changeParts(([header, claims]) => [header, claims]) },
    { signed: changeParts(([header, claims, signature]) => [header, claims, signature.slice(0, 40)]) },
    { signed: changeParts(([header, claims, signature]) => [header, claims, signature, signature]) },
    { signed: changeParts(([header, claims, signature]) => [header, claims, signature, "", ""]) },
    { signed: changeParts(([header, claims, signature]) => [claims, header, signature]) },
    {
      signed: changeParts(([, claims, signature]) => [
        encodePart({ alg: "ES256", kid: "1", typ: "x" }),
        claims,
        signature,
      ]),
    },
    { signed: () => "" },
    { signed: () => "x.y.z" },
    { signed: forge(() => ({ kid: "1" })) },
    { signed: forge(() => ({})) },
    { signed: forge(() => ({ kid: "2" })) },
    { signed: forge((jwk) => ({ kid: "1", jwk })) },
    { signed: forge((jwk) => ({ jwk })) },
    { signed: forge(() => ({ kid: "1", jku: "https://evil.example/keys", x5u: "https://evil.example/cert" })) },
    { signed: forge(() => ({ kid: "1" }), { groups: ["CIVIFORM_GLOBAL_ADMIN"] }) },
    { header: (header) => ({ ...header, kid: "2" }) },
    { header: (header) => ({ ...header, kid: null }) },
    { header: (header) => ({ ...header, crit: ["exp"] }) },
    { header: (header) => ({ ...header, crit: [] }) },
    { discovery: (document) => ({ ...document, jwks_uri: undefined }) },
    { discovery: (document) => ({ ...document, jwks_uri: `${provider.issuer}/nothing` }) },
  ],
  algorithm: () => [
    ...["none", "None", "NONE", "nOnE", ""].flatMap((alg) => [
      { signed: changeParts(([, claims]) => [noneHeader(alg), claims, ""]) },
      { signed: changeParts(([, claims, signature]) => [noneHeader(alg), claims, signature]) },
      { signed: changeParts(([, claims]) => [noneHeader(alg), claims]) },
      { ...says("none", alg, "ES256"), signed: changeParts(([, claims]) => [noneHeader(alg), claims, ""]) },
    ]),
    ...["RS256", "PS256", "ES384", "EdDSA", "HS256", "es256"].flatMap((alg) => [
      { header: (header: Part) => ({ ...header, alg }) },
      { ...says(alg), header: (header: Part) => ({ ...header, alg }) },
    ]),
    ...noTexts.map((alg) => ({ header: (header: Part) => ({ ...header, alg }) })),
    { signed: hmac("the client's own secret 0123456789") },
    { ...says("HS256"), signed: hmac("the client's own secret 0123456789") },
    { ...says("HS256"), signed: hmac("") },
    says("RS256"),
    says(),
  ],
  code: () => [
    { times: 2 },
    { times: 3 },
    ...wrongTexts.slice(-8).map((wrong) => ({ query: setParameter("code", wrong) })),
    { query: (query) => `state=${query.get("state")}` },
    { query: (query) => `${query}&code=${query.get("code")}` },
    { query: (query, other) => `state=${query.get("state")}&code=${other.get("code")}` },
    { query: (query) => `${query}&error=access_denied` },
    { query: (query) => `${query}&response=x.y.z` },
    { query: (query) => `${query}&id_token=x.y.z` },
    { tokens: ({ id_token: _, ...answer }) => answer },
    { tokens: ({ access_token: _, ...answer }) => answer },
    { tokens: ({ token_type: _, ...answer }) => answer },
    { tokens: (answer) => ({ ...answer, token_type: "mac" }) },
    { tokens: (answer) => ({ ...answer, id_token: [answer.id_token] }) },
    { tokens: (answer) => ({ answer }) },
  ],
  browser: () => [
    ...wrongTexts
      .filter((wrong) => wrong("x") !== "x%00")
      .map((wrong) => ({
        cookie: (cookie: string) => `civikey_sign_on=${wrong(cookie.split("=")[1] ?? "").trim()}x`,
      })),
    { cookie: () => "" },
    { cookie: (_, other) => other },
    { cookie: (cookie, other) => `${cookie}; ${other}` },
    { cookie: (cookie) => `${cookie}; ${cookie}` },
    { cookie: (cookie) => cookie.toUpperCase() },
    { cookie: (cookie) => cookie.replace("civikey_sign_on", "civikey_session") },
    { cookie: (cookie) => cookie.replace("civikey_sign_on", "civikey_passkey") },
  ],
  subject: () => [
    ...noTexts.map((value) => ({ claims: setClaim("sub", value) })),
    ...["", "a\0b", "a\nb", "ä", "a".repeat(256), ["ada-1"]].map((value) => ({ claims: setClaim("sub", value) })),
  ],
};

const expectSignedIn = async () => {
  const response = await signOn({});
  expect([response.status, sessionOf(response) !== undefined]).toEqual([303, true]);
};

let tried = 0;

test.each(Object.keys(changes))("signs nobody in when the %s of an answer is wrong", async (what) => {
  await expectSignedIn();
  await app.database.client`delete from sessions`;
  const wrong: unknown[] = [];
  for (const [index, change] of (changes[what]?.() ?? []).entries()) {
    const response = await signOn(change);
    tried += 1;
    // Whoever comes back with the same code has signed in before.
    if (change.times !== undefined) await app.database.client`delete from sessions`;
    const [sessions] = await app.database.client`delete from sessions returning id`;
    // A page of ours: nothing has broken.
    const isRefused = [400, 403, 503].includes(response.status) && sessions === undefined;
    if (!isRefused || sessionOf(response) !== undefined) wrong.push([index, response.status]);
  }
  expect(wrong).toEqual([]);
  await expectSignedIn();
});

test("that was at least 200 of them; what is only written in another way signs in", async () => {
  expect(tried).toBeGreaterThan(200);
  const harmless: readonly Change[] = [
    { claims: setClaim("aud", ["civikey"]) },
    { claims: (claims) => ({ ...claims, aud: ["civikey", "another"], azp: "civikey" }) },
    { claims: setClaim("exp", seconds - 28) },
    { query: (query) => `${query}&iss=${provider.issuer}` },
    { header: ({ alg }) => ({ alg }) },
    { minutesLater: 4 },
  ];
  for (const change of harmless) expect(sessionOf(await signOn(change))).toBeDefined();
});

/** A provider that is away, slow, or says nonsense: a page says so, and passwords go on working. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { makeAdmin, ownForm, password } from "../../support/factories.ts";
import { connectTo, type FakeProvider, startFakeProvider } from "../../support/fake-provider.ts";

let app: TestApp;
let hasty: TestApp;
let gone: TestApp;
let provider: FakeProvider;

beforeAll(async () => {
  provider = await startFakeProvider();
  provider.now = noon;
  app = await startTestApp({ signOn: connectTo(provider) });
  const { database } = app;
  await makeAdmin(app, "ada@example.org");
  hasty = await startTestApp({ database, signOn: connectTo(provider, {}, 50) });
  const nowhere = new URL("http://127.0.0.1:1/.well-known/openid-configuration");
  gone = await startTestApp({ database, signOn: connectTo(provider, { discoveryUrl: nowhere }) });
});
afterAll(async () => {
  await Promise.all([hasty.close(), gone.close()]);
  await app.close();
  await provider.close();
});
beforeEach(() => {
  provider.reset();
  app.logLines.length = 0;
});

const begin = async (on = app) => {
  const response = await on.request("/login/sign-on");
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  return { response, cookie, location: response.headers.get("location") ?? "" };
};
const discoveryPath = "/.well-known/openid-configuration";
const forever = () => new Promise<Response>(() => {});
const logged = (on = app) => JSON.stringify(on.logLines.findLast(({ msg }) => msg === "sign-on failed"));

async function expectUnavailable(response: Response): Promise<void> {
  const page = await response.text();
  expect(response.status).toBe(503);
  expect(page).toContain("City of Seattle isn’t available");
  expect(page).toContain("If you have a password here, you can sign in with it.");
  expect(response.headers.getSetCookie().join()).not.toMatch(/civikey_session=./);
}

const endless = () =>
  new Response(
    new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(`{"x":"${"x".repeat(65_536)}`));
      },
    }),
    { headers: { "Content-Type": "application/json" } },
  );

/** What a provider may answer to any request. */
const nonsense: Readonly<Record<string, () => Response>> = {
  "an error": () => new Response("", { status: 500 }),
  "a page": () => new Response("<h1>Maintenance</h1>", { headers: { "Content-Type": "text/html" } }),
  "no content": () => new Response(null, { status: 204 }),
  "half of its JSON": () => new Response('{"issuer":', { headers: { "Content-Type": "application/json" } }),
  "a list": () => Response.json([]),
  null: () => Response.json(null),
  "an empty document": () => Response.json({}),
  "a redirect": () => Response.redirect(`${provider.issuer}/elsewhere`),
  "an answer without end": endless,
  "more than it has to say when it is unpacked": () =>
    new Response(Bun.gzipSync(Buffer.alloc(8_000_000, 0x20)), {
      headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" },
    }),
};

describe.each(Object.keys(nonsense))("a provider that answers with %s", (what) => {
  test.each([discoveryPath, "/token", "/keys"])("to a request for %s", async (path) => {
    const { location, cookie } = await begin();
    provider.intercept = (asked) => (asked === path ? nonsense[what]?.() : undefined);
    if (path === discoveryPath) await expectUnavailable((await begin()).response);
    const query = provider.signIn(location);
    const response = await app.request(`/login/callback?${query}`, { headers: { cookie } });
    // Tokens that are missing, or keys among which theirs is not, are a wrong answer.
    const isReadable = path !== discoveryPath && response.status === 403;
    if (!isReadable) await expectUnavailable(response);
    expect(response.headers.getSetCookie().join()).not.toMatch(/civikey_session=./);
  });
});

describe("a provider", () => {
  test("that names another issuer, or none, in its discovery document is not asked anything else", async () => {
    for (const issuer of ["https://login.evil.example", `${provider.issuer}/tenant`, undefined, ""]) {
      provider.discovery = (document) => ({ ...document, issuer });
      await expectUnavailable((await begin()).response);
    }
    expect(new Set(provider.paths)).toEqual(new Set([discoveryPath]));
    provider.discovery = (document) => ({ ...document, issuer: "https://login.evil.example" });
    await begin();
    expect(logged()).toContain("names another issuer");
  });

  test("whose discovery document leads to plain http elsewhere gets no request there", async () => {
    const { location, cookie } = await begin();
    const query = provider.signIn(location);
    provider.discovery = (document) => ({ ...document, token_endpoint: "http://login.evil.example/token" });
    await expectUnavailable(await app.request(`/login/callback?${query}`, { headers: { cookie } }));
    expect(logged()).toContain("an address that is not https");
  });

  test("that does not answer in time is not waited for", async () => {
    provider.intercept = forever;
    await expectUnavailable((await begin(hasty)).response);
    expect(logged(hasty)).toContain("did not answer in time");
    provider.reset();
    const { location, cookie } = await begin();
    const query = provider.signIn(location);
    provider.intercept = (path) => (path === "/token" ? forever() : undefined);
    await expectUnavailable(await hasty.request(`/login/callback?${query}`, { headers: { cookie } }));
  });

  test("that does not know the client is for the operator to mend, who finds why in the log", async () => {
    const { location, cookie } = await begin();
    const query = provider.signIn(location);
    provider.intercept = (path) =>
      path === "/token" ? Response.json({ error: "invalid_client" }, { status: 401 }) : undefined;
    await expectUnavailable(await app.request(`/login/callback?${query}`, { headers: { cookie } }));
    expect(logged()).toContain("invalid_client");
  });

  test("that is away keeps nobody from signing in with a password, nor from signing out", async () => {
    await expectUnavailable((await begin(gone)).response);
    expect(logged(gone)).toContain("could not be reached");
    const body = new URLSearchParams({ email: "ada@example.org", password });
    const signedIn = await gone.request("/login", { method: "POST", headers: ownForm, body });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect((await gone.request("/admin/apiKeys", { headers: { cookie } })).status).toBe(200);
    await app.database.client`update sessions set method = 'sign_on'`;
    const headers = { ...ownForm, cookie };
    const signedOut = await gone.request("/logout", { method: "POST", headers });
    expect(signedOut.headers.get("location")).toBe("/login/signed-out");
    expect((await gone.request("/admin/apiKeys", { headers: { cookie } })).status).toBe(303);
    expect((await gone.request("/login/signed-out")).headers.get("location")).toBe("/login");
  });
});

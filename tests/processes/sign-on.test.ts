/** Signing on at a real provider in another process, over real HTTP. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { makeAdmin } from "../support/factories.ts";
import { type OidcProvider, startOidcProvider } from "../support/oidc-provider.ts";

let app: TestApp;
let provider: OidcProvider;

beforeAll(async () => {
  provider = await startOidcProvider();
  app = await startTestApp({ signOn: provider.signOn, now: () => new Date() });
  await provider.serve("http://localhost:9000");
});
afterAll(async () => {
  await app.close();
  await provider.close();
});
beforeEach(async () => {
  await app.database.client`delete from admins`;
});

/** A browser with cookies for the provider. */
function openBrowser() {
  const cookies = new Map<string, string>();
  return {
    /** Goes to the provider, signs in there as somebody when asked, and gives the address that leads back. */
    async visit(start: string, person: object): Promise<URL> {
      let url = new URL(start);
      for (let form: URLSearchParams | undefined; url.origin === provider.issuer; ) {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
        const response = await fetch(url, {
          ...(form && { method: "POST", body: form }),
          headers: { cookie },
          redirect: "manual",
        });
        for (const line of response.headers.getSetCookie()) {
          const [name = "", value = ""] = line.split(";")[0]?.split("=") ?? [];
          cookies.set(name, value);
        }
        form = response.status === 200 ? new URLSearchParams({ person: JSON.stringify(person) }) : undefined;
        url = new URL(response.headers.get("location") ?? url.href, url);
      }
      return url;
    },
  };
}

async function signOn(person: object, { browser = openBrowser(), path = "/login/sign-on", session = "" } = {}) {
  const begun = await app.request(path, { headers: { cookie: session } });
  const cookie = `${begun.headers.get("set-cookie")?.split(";")[0]}; ${session}`;
  const { pathname, search } = await browser.visit(begun.headers.get("location") ?? "", person);
  const response = await app.request(pathname + search, { headers: { cookie } });
  const again = () => app.request(pathname + search, { headers: { cookie } });
  const started = response.headers
    .getSetCookie()
    .find((line) => /^civikey_session=./.test(line))
    ?.split(";")[0];
  return { response, page: await response.text(), session: started, again };
}

const ada = { sub: "ada-1", email: "ada@example.org", email_verified: true, groups: ["CIVIFORM_GLOBAL_ADMIN"] };

test("signs in the member of a group, with the address from the user info, once with an answer", async () => {
  const { session = "", again } = await signOn(ada);
  const page = await app.request("/admin/apiKeys", { headers: { cookie: session } });
  expect([page.status, (await page.text()).includes("ada@example.org")]).toEqual([200, true]);
  expect((await again()).status).toBe(400);
});

test("signs in nobody of the wrong group, without an address, with one that is not verified, or that is another's", async () => {
  await makeAdmin(app, "grace@example.org");
  await signOn(ada);
  const { email_verified: _, ...unverified } = ada;
  const refused = [
    [{ ...ada, sub: "eve", email: "eve@example.org", groups: ["others"] }, "CiviKey has no role for you"],
    [{ sub: "eve", groups: ada.groups }, "We don’t know your e-mail address"],
    [{ ...unverified, sub: "eve", email: "grace@example.org" }, "Your e-mail address isn’t verified"],
    [{ ...ada, sub: "eve" }, "Your e-mail address is taken"],
  ] as const;
  for (const [person, text] of refused) {
    const { response, page, session } = await signOn(person);
    expect([response.status, session]).toEqual([403, undefined]);
    expect(page).toContain(text);
  }
});

test("asks somebody who is signed in there to sign in again when they confirm who they are", async () => {
  const browser = openBrowser();
  const { session = "" } = await signOn(ada, { browser });
  await app.database.client`update sessions set authenticated_at = authenticated_at - interval '1 hour'`;
  const { page, session: renewed = "" } = await signOn(ada, { browser, path: "/login/reauthenticate", session });
  expect(page).toContain("Confirmed");
  expect(renewed).not.toBe(session);
  const [row] = await app.database.client`
    select count(*)::int as sessions, bool_and(authenticated_at > now() - interval '5 minutes') as fresh from sessions`;
  expect(row).toEqual({ sessions: 1, fresh: true });
  const other = { ...ada, sub: "grace-1", email: "grace@example.org" };
  const confirmed = await signOn(other, { path: "/login/reauthenticate", session: renewed });
  expect([confirmed.response.status, confirmed.session]).toEqual([403, undefined]);
  expect(confirmed.page).toContain("You signed in as someone else");
});

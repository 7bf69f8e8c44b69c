import { afterAll, beforeAll, expect, test } from "bun:test";
import { readConfig } from "../../src/config/variables.ts";
import { createSignOn } from "../../src/instance/sign-on.ts";
import { type FakeProvider, startFakeProvider } from "../support/fake-provider.ts";

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.close());

/** What the provider of a configuration asks for, and the groups that it gives roles. */
async function readProvider(environment: Record<string, string>) {
  const signOn = createSignOn(readConfig(environment));
  const asked = await signOn?.ask({
    redirectUri: "https://keys.example.gov/login/callback",
    isFresh: false,
    now: new Date(),
  });
  const query = new URL(asked?.url ?? "").searchParams;
  return { name: signOn?.name, groups: signOn?.groups, scope: query.get("scope"), client: query.get("client_id") };
}

test("people sign in with passwords only unless the configuration names a provider", () => {
  expect(createSignOn(readConfig({}))).toBeUndefined();
});

test("a provider has the name, the client, the scopes and the groups of CiviForm's variables", async () => {
  const shared = {
    CIVIFORM_ADMIN_IDP: "generic-oidc-admin",
    ADMIN_OIDC_CLIENT_ID: "civikey",
    ADMIN_OIDC_DISCOVERY_URI: provider.settings.discoveryUrl.href,
  };
  expect(await readProvider(shared)).toEqual({
    ...{ name: "Single sign-on", scope: "openid profile email", client: "civikey" },
    groups: { admin: "CIVIFORM_GLOBAL_ADMIN", auditor: undefined },
  });
  const chosen = {
    ADMIN_OIDC_PROVIDER_NAME: "City of Seattle",
    ADMIN_OIDC_ADDITIONAL_SCOPES: "groups, email",
    ADMIN_OIDC_ADMIN_GROUP_NAME: "Key masters",
    ADMIN_OIDC_AUDITOR_GROUP_NAME: "Auditors",
  };
  expect(await readProvider({ ...shared, ...chosen })).toEqual({
    ...{ name: "City of Seattle", scope: "openid profile email groups", client: "civikey" },
    groups: { admin: "Key masters", auditor: "Auditors" },
  });
});

test("ADFS has variables of its own", async () => {
  const adfs = {
    CIVIFORM_ADMIN_IDP: "adfs",
    ADFS_CLIENT_ID: "civikey at adfs",
    ADFS_DISCOVERY_URI: provider.settings.discoveryUrl.href,
    ADFS_ADMIN_GROUP: "S-1-5-21",
    ADMIN_OIDC_ADMIN_GROUP_NAME: "of another provider",
  };
  expect(await readProvider(adfs)).toMatchObject({
    ...{ scope: "openid profile email allatclaims", client: "civikey at adfs" },
    groups: { admin: "S-1-5-21" },
  });
});

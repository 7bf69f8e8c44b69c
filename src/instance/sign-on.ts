/** The sign-on provider that the configuration names, under CiviForm's variables. */
import type { Config } from "../config/variables.ts";
import { createSignOnProvider, type SignOnProvider } from "../domain/access/people/sign-on/provider.ts";
import { Secret } from "../lib/secrets/secret.ts";

/** The provider, or undefined when people sign in with passwords only. */
export function createSignOn(config: Config): SignOnProvider | undefined {
  const { CIVIFORM_ADMIN_IDP: kind } = config;
  if (kind === undefined) return undefined;
  const { clientId, clientSecret, discoveryUri, scopes, groupsClaim, ...groups } = settings[kind](config);
  if (clientId === undefined || discoveryUri === undefined) return undefined;
  return createSignOnProvider({
    name: config.ADMIN_OIDC_PROVIDER_NAME,
    discoveryUrl: new URL(discoveryUri),
    clientId,
    clientSecret: clientSecret === undefined ? undefined : new Secret(clientSecret),
    scope: [...new Set(["openid", "profile", "email", ...(scopes?.split(/[\s,]+/) ?? [])])].join(" "),
    groupsClaim,
    groups,
  });
}

const settings = {
  "generic-oidc-admin": (config: Config) => ({
    clientId: config.ADMIN_OIDC_CLIENT_ID,
    clientSecret: config.ADMIN_OIDC_CLIENT_SECRET,
    discoveryUri: config.ADMIN_OIDC_DISCOVERY_URI,
    scopes: config.ADMIN_OIDC_ADDITIONAL_SCOPES,
    groupsClaim: config.ADMIN_OIDC_ID_GROUPS_ATTRIBUTE_NAME,
    admin: config.ADMIN_OIDC_ADMIN_GROUP_NAME,
    auditor: config.ADMIN_OIDC_AUDITOR_GROUP_NAME,
  }),
  adfs: (config: Config) => ({
    clientId: config.ADFS_CLIENT_ID,
    clientSecret: config.ADFS_SECRET,
    discoveryUri: config.ADFS_DISCOVERY_URI,
    scopes: config.ADFS_ADDITIONAL_SCOPES,
    groupsClaim: config.AD_GROUPS_ATTRIBUTE_NAME,
    admin: config.ADFS_ADMIN_GROUP,
    auditor: config.ADMIN_OIDC_AUDITOR_GROUP_NAME,
  }),
} as const;

/** How commands print a new key's credentials: on standard output, once. */
import type { ApiKey } from "../domain/api-keys.ts";
import type { NewCredentials } from "../domain/credentials.ts";

/** The answer of a command that has made a key; `--json` prints `json`. */
export function describeCredentials(apiKey: ApiKey, credentials: NewCredentials) {
  const json = {
    id: apiKey.id,
    keyId: credentials.keyId,
    secret: credentials.secret.reveal(),
    token: credentials.token.reveal(),
    name: apiKey.name,
    expiration: apiKey.expiration.toISOString(),
  };
  const text = [
    `Created API key: ${json.name} (expires ${json.expiration})`,
    "These credentials are shown only once:",
    `  API secret token: ${json.token}`,
    `  API username:     ${json.keyId}`,
    `  API password:     ${json.secret}`,
  ].join("\n");
  return { json, text };
}

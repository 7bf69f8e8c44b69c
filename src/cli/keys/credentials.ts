/** How commands print a new key's credentials: on standard output, once. */
import type { NewCredentials } from "../../domain/access/credentials.ts";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import { formatTime } from "../table.ts";

/** The answer of a command that creates a key. */
export function describeCredentials(apiKey: ApiKey, credentials: NewCredentials, zone: string) {
  const json = {
    id: apiKey.id,
    keyId: credentials.keyId,
    secret: credentials.secret.reveal(),
    token: credentials.token.reveal(),
    name: apiKey.name,
    expiration: apiKey.expiration.toISOString(),
  };
  const text = [
    `Created API key: ${json.name} (expires ${formatTime(apiKey.expiration, zone)})`,
    "These credentials are shown only once:",
    `  API secret token: ${json.token}`,
    `  API username:     ${json.keyId}`,
    `  API password:     ${json.secret}`,
  ].join("\n");
  return { json, text };
}

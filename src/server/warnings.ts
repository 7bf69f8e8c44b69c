/** What an operator should hear when a server starts, though it can start. */
import { type Environment, findMisspelled } from "../config/variables.ts";
import { ownsTables } from "../db/rights.ts";
import type { Instance } from "../instance/open.ts";
import type { Checked, Log } from "../log.ts";

/** Looks at the configuration and the keys, and writes a warning for each thing that is probably not meant. */
export async function warnAtStart(
  { config, connection: { client }, salts }: Pick<Instance, "config" | "connection" | "salts">,
  log: Log,
  environment: Environment,
): Promise<void> {
  for (const { name, meant } of findMisspelled(environment)) {
    const names = { variable: name as Checked<"variable name">, meant: meant as Checked<"variable name"> };
    log.warn(names, "a variable of the environment may be misspelled");
  }
  if (config.BASE_URL?.startsWith("https:") && config.CLIENT_IP_TYPE === "DIRECT") {
    log.warn(
      {},
      "BASE_URL is https, so a proxy is in front, but CLIENT_IP_TYPE is DIRECT: all calls seem to come from the proxy",
    );
  }
  if (await ownsTables(client)) {
    log.warn({}, 'the server\'s role owns its tables, and could change the audit log: docs/operations.md, "Rights"');
  }
  const [row] = await client<{ keys: number }[]>`
    select count(*)::int as keys from api_keys
    where retired_at is null and expiration > now() and salt_id <> all(${[...salts.all.keys()]})`;
  if (row === undefined || row.keys === 0) return;
  const { keys } = row;
  log.warn({ keys }, "API keys are refused because their salt is not configured: see `keys list --under-old-salt`");
}

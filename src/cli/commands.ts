/** The table of all commands, in the order in which help and `docs/cli.md` list them. */
import { adminCommands } from "./admins.ts";
import { alertCommands } from "./alerts.ts";
import { applicationCommands } from "./applications.ts";
import type { Command, ConfigCommand } from "./command.ts";
import { configCommands } from "./config.ts";
import { databaseCommands } from "./database.ts";
import { demoCommands } from "./demo.ts";
import { erasureCommands } from "./erasure.ts";
import { exportCommands } from "./exports.ts";
import { apiKeyCommands } from "./keys/commands.ts";
import { peopleCommands } from "./people/commands.ts";
import { programCommands } from "./programs.ts";
import { applicationSyncCommands } from "./sync.ts";

/** Every `noun verb`. */
export const commands: readonly (Command | ConfigCommand)[] = [
  ...adminCommands,
  ...peopleCommands,
  ...apiKeyCommands,
  ...programCommands,
  ...applicationCommands,
  ...applicationSyncCommands,
  ...erasureCommands,
  ...alertCommands,
  ...exportCommands,
  ...databaseCommands,
  ...configCommands,
  ...demoCommands,
];

/** What each noun covers. */
export const nouns: Readonly<Record<string, string>> = {
  admins: "the first admin, and passwords",
  people: "people who sign in to the admin pages: invite, roles, disable, sessions",
  keys: "create, list, rotate, narrow and retire API keys; explain why a call is refused",
  programs: "import and publish programs",
  applications: "import, sync and erase applications",
  alerts: "alerts about expiring API keys",
  audit: "the audit log",
  refusals: "refused calls",
  database: "migrate, check and back up the database",
  config: "check the configuration",
  demo: "sample data",
};

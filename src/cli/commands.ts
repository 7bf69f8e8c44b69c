/** The table of all commands, in the order in which help and `docs/cli.md` list them. */
import { adminCommands } from "./admins.ts";
import { alertCommands } from "./alerts.ts";
import { applicationCommands } from "./applications.ts";
import type { Command, ConfigCommand } from "./command.ts";
import { configCommands } from "./config.ts";
import { databaseCommands } from "./database.ts";
import { demoCommands } from "./demo.ts";
import { apiKeyCommands } from "./keys/commands.ts";
import { programCommands } from "./programs.ts";
import { applicationSyncCommands } from "./sync.ts";

/** Every `noun verb`. */
export const commands: readonly (Command | ConfigCommand)[] = [
  ...adminCommands,
  ...apiKeyCommands,
  ...programCommands,
  ...applicationCommands,
  ...applicationSyncCommands,
  ...alertCommands,
  ...databaseCommands,
  ...configCommands,
  ...demoCommands,
];

/** What each noun is about. */
export const nouns: Readonly<Record<string, string>> = {
  admins: "who may sign in to the pages",
  keys: "make, list, rotate, narrow and retire API keys; tell why one is refused",
  programs: "import and publish programs",
  applications: "bring applications in",
  alerts: "messages that keys run out",
  database: "migrate it, ask how it is, back it up",
  config: "what the environment comes to",
  demo: "made-up data",
};

/** `database migrate | status` and `config check`. */
import { describeConfig } from "../config.ts";
import { migrateDatabase, readSchemaStatus } from "../db/migrate.ts";
import type { Command } from "./command.ts";

/** The commands about the database. */
export const databaseCommands: readonly Command[] = [
  {
    name: "database migrate",
    summary: "bring the database to the schema of this release",
    options: [],
    skipsMigration: true,
    async run({ target, connection }) {
      await migrateDatabase(target);
      const status = await readSchemaStatus(connection.client);
      return { json: status, text: `The schema is ${status.state}.` };
    },
  },
  {
    name: "database status",
    summary: "tell whether the database has the schema of this release",
    options: [],
    skipsMigration: true,
    async run({ connection }) {
      const status = await readSchemaStatus(connection.client);
      const pending = status.state === "behind" ? ` by ${status.pending} migration(s)` : "";
      return {
        json: status,
        text: `The schema is ${status.state}${pending}.`,
        exitCode: status.state === "current" ? 0 : 1,
      };
    },
  },
  {
    name: "config check",
    summary: "print the effective configuration, secrets masked",
    options: [],
    skipsMigration: true,
    async run({ config }) {
      const lines = describeConfig(config);
      const text = Object.entries(lines).map(([name, value]) => `${name}=${value}`);
      return { json: lines, text: text.join("\n") };
    },
  },
];

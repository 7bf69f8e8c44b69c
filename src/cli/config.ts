/** `config check`. */
import { describeConfig, findMisspelled } from "../config/variables.ts";
import { describeEmbeddedPostgres } from "../db/embedded/cluster.ts";
import type { ConfigCommand } from "./command.ts";
import { formatTable } from "./table.ts";

/** Commands about the configuration. */
export const configCommands: readonly ConfigCommand[] = [
  {
    name: "config check",
    summary: "print the effective configuration with secrets masked, or everything wrong with it",
    example: "config check",
    answer: '{"HOST","PORT", …}: every variable, as text, and "embedded": which embedded PostgreSQL is used',
    // Reading the configuration has already reported every problem, with exit code 1.
    async runWithConfig(config, { environment, printError }) {
      for (const { name, meant } of findMisspelled(environment)) {
        printError(`${name} is not a variable of CiviKey. Did you mean ${meant}?\n`);
      }
      const values = describeConfig(config);
      const rows = Object.entries(values).map(([name, value]) => [name, value || "-"]);
      const embedded = config.DATABASE_URL === undefined ? await describeEmbeddedPostgres(config.DATA_DIR) : undefined;
      const table = formatTable(["VARIABLE", "VALUE"], rows, "");
      return { json: { ...values, embedded }, text: embedded === undefined ? table : `${table}\n\n${embedded}` };
    },
  },
];

/** `config check`. */
import { describeConfig } from "../config/variables.ts";
import type { ConfigCommand } from "./command.ts";
import { formatTable } from "./table.ts";

/** The commands about the configuration. */
export const configCommands: readonly ConfigCommand[] = [
  {
    name: "config check",
    summary:
      "print the effective configuration, secrets masked, or everything that is wrong with it",
    example: "config check",
    answer: '{"HOST","PORT", …}: every variable, as text',
    options: [],
    // What is wrong was found before: reading the configuration reports all of it, exit code 1.
    runWithConfig(config) {
      const values = describeConfig(config);
      const rows = Object.entries(values).map(([name, value]) => [name, value || "-"]);
      return { json: values, text: formatTable(["VARIABLE", "VALUE"], rows, "") };
    },
  },
];

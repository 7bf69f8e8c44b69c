/** The command line, built from the table of commands: parsing and help, with commander. */
import { Command as Commander, Option, type OutputConfiguration } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { Command, CommandArguments, CommandDescription, CommandOptions, ConfigCommand } from "./command.ts";
import { commands, nouns } from "./commands.ts";

/** How an operator starts the CLI. */
export const programName = "bun run cli";

/** Runs a parsed command. */
type RunParsed = (command: Command | ConfigCommand, args: CommandArguments, options: CommandOptions) => Promise<void>;

/** Where help and version go, and what is said about wrong calls. */
type CommandLineOutput = Required<Pick<OutputConfiguration, "writeOut" | "writeErr">>;

/** An example as it is typed. */
export function spellExample({ example }: CommandDescription): string {
  return example.includes("{cli}") ? example.replace("{cli}", programName) : `${programName} ${example}`;
}

/** Commands by noun, in the order of the table. */
export function groupByNoun(): Map<string, (Command | ConfigCommand)[]> {
  return Map.groupBy(commands, ({ name }) => name.split(" ")[0] ?? "");
}

/**
 * The parser. It throws commander's `CommanderError` on help, version and every wrong call; a wrong call
 * is explained to `writeErr`.
 */
export function createCommandLine(run: RunParsed, output: CommandLineOutput): Commander {
  const program = prepare(new Commander(programName), output)
    .description("Administers a CiviKey instance on this machine, whether its server is running or not.")
    .version(packageJson.version)
    .addHelpText("after", generalHelp);
  for (const [noun, group] of groupByNoun()) {
    const examples = group.map((command) => `  ${spellExample(command)}`);
    const parent = prepare(program.command(noun), output)
      .description(nouns[noun] ?? "")
      .addHelpText("after", `\nExamples:\n${examples.join("\n")}`);
    for (const command of group) addCommand(parent, { noun, command, run, output });
  }
  return program;
}

function addCommand(
  parent: Commander,
  input: { noun: string; command: Command | ConfigCommand; run: RunParsed; output: CommandLineOutput },
): void {
  const { noun, command, run, output } = input;
  const child = prepare(parent.command(command.name.slice(noun.length + 1)), output)
    .description(command.summary)
    .addHelpText("after", `\nExample:\n  ${spellExample(command)}`);
  for (const [flags, description, limits] of command.options ?? []) {
    const option = new Option(flags, limits?.isRequired ? `${description} (required)` : description);
    if (limits?.isRequired) option.makeOptionMandatory();
    if (limits?.choices) option.choices([...limits.choices]);
    child.addOption(option);
  }
  child.option("--json", "print the answer as JSON");
  child.action((...given: unknown[]) => run(command, given.slice(0, -2) as string[], child.opts()));
}

/** A usage error throws, and says how to get help. */
function prepare(command: Commander, output: CommandLineOutput): Commander {
  return command.exitOverride().helpCommand(false).showHelpAfterError("Use --help for usage.").configureOutput(output);
}

const generalHelp = `
Reads the same environment variables as the server (README, "Configure it").
Every command takes --json. Exit codes: 0 done, 1 failed, 2 usage error.

Examples:
  ${programName} keys list --state active
  ${programName} keys create --help`;

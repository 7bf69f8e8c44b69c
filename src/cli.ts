/** The operator's entry: parse, find the command, run it, print, exit code. */
import { stripVTControlCharacters } from "node:util";
import { CommanderError } from "commander";
import {
  type Command,
  type CommandArguments,
  type CommandContext,
  type CommandOptions,
  type CommandResult,
  type ConfigCommand,
  UsageError,
} from "./cli/command.ts";
import { createCommandLine } from "./cli/command-line.ts";
import { commands } from "./cli/commands.ts";
import { describeCommandFailure, exitCodeOf } from "./cli/failure.ts";
import { markHyphenValues } from "./cli/hyphens.ts";
import { processTerminal, type Terminal } from "./cli/terminal.ts";
import { readConfig } from "./config/variables.ts";
import { permitAll } from "./domain/access/people/roles.ts";
import { type Instance, migrateInstance, openInstance, readKeyRules } from "./instance/open.ts";
import { DomainError } from "./lib/errors.ts";
import { Secret } from "./lib/secrets/secret.ts";

/** Runs one command line and prints its answer. Gives the exit code: 0, 1 or 2. */
export async function runCli(args: readonly string[], terminal: Terminal = processTerminal): Promise<number> {
  const isJson = args.includes("--json");
  let exitCode = 0;
  let help = "";
  const commandLine = createCommandLine(
    async (command, commandArgs, options) => {
      const result = await run(command, terminal, commandArgs, options);
      exitCode = result.exitCode ?? 0;
      const output = options.json === true ? (JSON.stringify(result.json) ?? "") : forTerminal(result.text);
      if (output !== "") await terminal.print(`${output}\n`);
    },
    {
      writeOut(text) {
        help += text;
      },
      writeErr: isJson ? () => {} : terminal.printError,
    },
  );
  try {
    const options = commands.flatMap((command) => command.options ?? []);
    await commandLine.parseAsync(markHyphenValues(args, options), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      await terminal.print(help);
      return 0;
    }
    return explain(error, { isJson, terminal });
  }
}

async function run(
  command: Command | ConfigCommand,
  terminal: Terminal,
  args: CommandArguments,
  options: CommandOptions,
): Promise<CommandResult> {
  const config = readConfig(terminal.environment);
  if ("runWithConfig" in command) return command.runWithConfig(config, terminal);
  command.check?.(args, options);
  const instance = await openInstance(config, { role: "command", connectionsMax: 4 });
  try {
    if (!command.skipsMigration) await migrateInstance(instance, instance.owner);
    return await command.run(createContext(instance, terminal), args, options);
  } finally {
    await instance.close();
  }
}

/** Removes control sequences: names come from elsewhere, and must not control the terminal. */
function forTerminal(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return stripVTControlCharacters(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, " ");
}

function createContext(instance: Instance, terminal: Terminal): CommandContext {
  const { config } = instance;
  const { print, printError, readStandardInput, canAsk, askHidden } = terminal;
  const readFirstLine = async () => (await readStandardInput()).split(/\r?\n/)[0] ?? "";
  return {
    ...instance,
    ...{ print, printError, readStandardInput },
    migrate: (owner = instance.owner) => migrateInstance(instance, owner),
    rules: readKeyRules(config),
    actor: permitAll("operator (CLI)"),
    now: new Date(),
    zone: config.CIVIFORM_TIME_ZONE_ID,
    isTerminal: terminal.isWatched,
    async readToken() {
      const token = canAsk ? await askHidden("API secret token:") : await readFirstLine();
      return new Secret(token.trim());
    },
    async readPassword(options) {
      if (options.passwordStdin === true) return new Secret(await readFirstLine());
      if (!canAsk) throw new UsageError("No terminal to ask for the password. Use --password-stdin.");
      const given = await askHidden("Password:");
      const again = await askHidden("Repeat password:");
      if (given !== again) throw new DomainError("invalid", "The passwords do not match.");
      return new Secret(given);
    },
  };
}

/** Reports a failure on standard error. Gives the exit code. */
function explain(error: unknown, { isJson, terminal }: { isJson: boolean; terminal: Terminal }): number {
  const failure = describeCommandFailure(error);
  // Commander has printed its own message, unless it is quiet.
  const isPrinted = error instanceof CommanderError && !isJson;
  const text = isJson ? JSON.stringify(failure) : forTerminal(failure.message);
  if (!isPrinted) terminal.printError(`${text}\n`);
  if (failure.error === "unexpected" && terminal.environment.LOG_LEVEL === "debug") {
    terminal.printError(`${Bun.inspect(error)}\n`);
  }
  return exitCodeOf(failure);
}

if (import.meta.main) process.exit(await runCli(process.argv.slice(2)));

/** The operator's entry: parse, find the command, run it, print, exit code (spec 6). */
import { stripVTControlCharacters } from "node:util";
import password from "@inquirer/password";
import { CommanderError } from "commander";
import {
  type Command,
  type CommandContext,
  type CommandResult,
  type ConfigCommand,
  UsageError,
} from "./cli/command.ts";
import { createCommandLine } from "./cli/command-line.ts";
import { describeFailure, exitCodeOf } from "./cli/failure.ts";
import { migrateDatabase } from "./db/migrate.ts";
import { type Instance, openInstance, readConfig, readKeyRules } from "./instance/open.ts";
import { DomainError } from "./lib/errors.ts";
import { Secret } from "./lib/secrets/secret.ts";

/** Runs one command line; prints to standard output and standard error. The exit code: 0, 1 or 2. */
export async function runCli(args: readonly string[]): Promise<number> {
  const isJson = args.includes("--json");
  let exitCode = 0;
  const commandLine = createCommandLine(
    async (command, commandArgs, options) => {
      const result = await run(command, commandArgs, options);
      exitCode = result.exitCode ?? 0;
      const output = options.json === true ? JSON.stringify(result.json) : forTerminal(result.text);
      if (output !== "") await print(`${output}\n`);
    },
    { isQuiet: isJson },
  );
  try {
    await commandLine.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    // Help and version, which have been printed.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return explain(error, isJson);
  }
}

async function run(
  command: Command | ConfigCommand,
  args: readonly (string | string[])[],
  options: Readonly<Record<string, unknown>>,
): Promise<CommandResult> {
  const config = readConfig(process.env);
  if ("runWithConfig" in command) return command.runWithConfig(config);
  const instance = await openInstance(config, { role: "command", connectionsMax: 4 });
  try {
    if (!command.skipsMigration) await migrateDatabase(instance.target);
    return await command.run(createContext(instance), args, options);
  } finally {
    await instance.close();
  }
}

/** Waits until a pipe has taken all of it; a reader that has gone (`| head`) wants no more. */
async function print(text: string): Promise<void> {
  try {
    await Bun.write(Bun.stdout, text);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}

/** Names may come from elsewhere: nothing in them may steer the terminal. */
function forTerminal(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
  return stripVTControlCharacters(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, " ");
}

function createContext(instance: Instance): CommandContext {
  const { config, target, connection, salts, secretKey } = instance;
  const zone = config.CIVIFORM_TIME_ZONE_ID;
  const readStandardInput = () => Bun.stdin.text();
  const readFirstLine = async () => (await readStandardInput()).split(/\r?\n/)[0] ?? "";
  return {
    config,
    target,
    connection,
    salts,
    secretKey,
    rules: readKeyRules(config),
    actor: { name: "operator (CLI)", address: null },
    now: new Date(),
    zone,
    isTerminal: process.stderr.isTTY === true,
    readStandardInput,
    async readToken() {
      const token = process.stdin.isTTY
        ? await askHidden("API secret token:")
        : await readFirstLine();
      return new Secret(token.trim());
    },
    async readPassword(options) {
      if (options.passwordStdin === true) {
        return new Secret(await readFirstLine());
      }
      if (!process.stdin.isTTY) {
        throw new UsageError("There is no terminal to ask for the password: use --password-stdin.");
      }
      const given = await askHidden("Password:");
      const again = await askHidden("Once more:");
      if (given !== again) throw new DomainError("invalid", "These were two different passwords.");
      return new Secret(given);
    },
  };
}

/** On standard error, where the answer is not; what is typed is never shown, nor can it be. */
function askHidden(message: string): Promise<string> {
  return password({ message, toggleMask: false }, { output: process.stderr });
}

/** Says on standard error what went wrong; the exit code. */
function explain(error: unknown, isJson: boolean): number {
  const failure = describeFailure(error);
  // Commander has printed its own message, unless it was told to be quiet.
  const isPrinted = error instanceof CommanderError && !isJson;
  const text = isJson ? JSON.stringify(failure) : forTerminal(failure.message);
  if (!isPrinted) process.stderr.write(`${text}\n`);
  if (failure.error === "unexpected" && process.env.LOG_LEVEL === "debug") console.error(error);
  return exitCodeOf(failure);
}

if (import.meta.main) process.exit(await runCli(process.argv.slice(2)));

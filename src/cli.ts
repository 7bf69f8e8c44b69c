/** The operator's entry: find the command in a table, parse, run, print, exit code (spec 6). */
import password from "@inquirer/password";
import { Command as Commander, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { adminCommands } from "./cli/admins.ts";
import { alertCommands } from "./cli/alerts.ts";
import { apiKeyCommands } from "./cli/api-keys.ts";
import { applicationCommands } from "./cli/applications.ts";
import { type Command, type CommandContext, UsageError } from "./cli/command.ts";
import { databaseCommands } from "./cli/database.ts";
import { demoCommands } from "./cli/demo.ts";
import { programCommands } from "./cli/programs.ts";
import { ConfigError } from "./config.ts";
import { EmbeddedPostgresError } from "./db/embedded-postgres.ts";
import { migrateDatabase, NewerSchemaError } from "./db/migrate.ts";
import { DomainError, isDatabaseUnavailable } from "./domain/errors.ts";
import { Secret } from "./domain/secret.ts";
import { type Instance, openInstance, readConfig } from "./instance.ts";

const commands: readonly Command[] = [
  ...adminCommands,
  ...apiKeyCommands,
  ...programCommands,
  ...applicationCommands,
  ...alertCommands,
  ...databaseCommands,
  ...demoCommands,
];

const exitCodes = { success: 0, failure: 1, usage: 2 } as const;

/** Runs one command line; prints to standard output and standard error. The exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.success;
  const program = new Commander("cli")
    .description("Administers a CiviKey instance on this machine.")
    .version(packageJson.version)
    .exitOverride();
  for (const [noun, group] of Map.groupBy(commands, ({ name }) => name.split(" ")[0] ?? "")) {
    const parent = program.command(noun).description(`commands about ${noun}`).exitOverride();
    for (const command of group) {
      const child = parent
        .command(command.name.slice(noun.length + 1))
        .description(command.summary)
        .option("--json", "print the answer as JSON")
        .exitOverride();
      for (const [flags, description] of command.options) child.option(flags, description);
      child.action(async (...given: unknown[]) => {
        const commandArgs = given.slice(0, -2) as (string | string[])[];
        exitCode = await runCommand(command, commandArgs, child.opts());
      });
    }
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

async function runCommand(
  command: Command,
  args: readonly (string | string[])[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const config = readConfig(process.env);
  const instance = await openInstance(config, { role: "command", connectionsMax: 4 });
  try {
    if (!command.skipsMigration) await migrateDatabase(instance.target);
    const result = await command.run(createContext(instance), args, options);
    const output = options.json === true ? JSON.stringify(result.json) : result.text;
    if (output !== "") process.stdout.write(`${output}\n`);
    return result.exitCode ?? exitCodes.success;
  } finally {
    await instance.close();
  }
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
    rules: {
      zone,
      lifetimeDaysMax: config.API_KEY_MAX_LIFETIME_DAYS,
      bansGlobalSubnet: config.CIVIFORM_API_KEYS_BAN_GLOBAL_SUBNET,
    },
    actor: { name: "operator (CLI)", address: null },
    now: new Date(),
    zone,
    isTerminal: process.stderr.isTTY === true,
    readStandardInput,
    async readToken() {
      const token = process.stdin.isTTY
        ? await password({ message: "API secret token:" })
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
      return new Secret(await password({ message: "Password:" }));
    },
  };
}

/** Says on standard error what went wrong; the exit code. */
function explain(error: unknown): number {
  // Commander has printed its own message; help and version are no failures.
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  const isExpected =
    error instanceof DomainError ||
    error instanceof UsageError ||
    error instanceof ConfigError ||
    error instanceof EmbeddedPostgresError ||
    error instanceof NewerSchemaError;
  if (isExpected) process.stderr.write(`${error.message}\n`);
  else if (isDatabaseUnavailable(error)) process.stderr.write("The database does not answer.\n");
  else throw error;
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failure;
}

if (import.meta.main) process.exit(await runCli(process.argv.slice(2)));

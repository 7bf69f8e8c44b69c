/** Runs the real CLI on a test's database: in this process, or in one of its own. */
import type { CommandContext } from "../../src/cli/command.ts";
import { runCli } from "../../src/cli.ts";
import { readConfig } from "../../src/config/variables.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { noon, salts, zone } from "./app.ts";
import { buildProgram } from "./built-programs.ts";
import { type TestDatabase, urlOf } from "./database.ts";
import { actor } from "./factories.ts";
import { leakHunt } from "./leak-hunt.ts";

/** What a command left behind. */
export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON. Throws when it is none. */
  json(): unknown;
}

/** The salt of `tests/support/app.ts`, as the configuration has it. */
export const saltText = "test salt 0123456789 abcdefghijkl";

/** What a command is run with, for tests that need no process of their own. */
export function createCommandContext(database: TestDatabase): CommandContext {
  return {
    config: readConfig({}),
    target: database.target,
    connection: database,
    migrate: async () => {},
    embedded: undefined,
    salts,
    secretKey: new Secret("test secret key 0123456789 abcdef"),
    rules: { zone, lifetimeDaysMax: 366, bansGlobalSubnet: true },
    actor,
    now: noon,
    zone,
    isTerminal: false,
    print: async () => {},
    printError: () => {},
    readStandardInput: async () => "",
    readToken: async () => new Secret(""),
    readPassword: async () => new Secret(""),
  };
}

interface CommandOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command line as `bun run cli` does, without a process of its own. */
export async function runCommand(
  database: Pick<TestDatabase, "target">,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  let stdout = "";
  let stderr = "";
  const exitCode = await runCli(args, {
    environment: createEnvironment(database, options),
    canAsk: false,
    isWatched: false,
    readStandardInput: async () => options.stdin ?? "",
    askHidden: () => Promise.reject(new Error("There is nobody to ask.")),
    async print(text) {
      stdout += text;
    },
    printError(text) {
      stderr += text;
    },
  });
  return watch(args, { exitCode, stdout, stderr });
}

/** Runs the CLI in a process of its own, with these arguments. */
export async function spawnCommand(
  database: Pick<TestDatabase, "target">,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  const child = Bun.spawn([process.execPath, await buildProgram("cli"), ...args], {
    stdin: new Blob([options.stdin ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
    env: createEnvironment(database, options),
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return watch(args, { exitCode, stdout, stderr });
}

function createEnvironment({ target }: Pick<TestDatabase, "target">, { env }: CommandOptions): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    TZ: process.env.TZ ?? "",
    DATABASE_URL: urlOf(target),
    SECRET_KEY: "test secret key 0123456789 abcdef",
    CIVIFORM_API_SECRET_SALT: saltText,
    ...env,
  };
}

/** Secrets are printed to standard output, once, and nowhere else. */
function watch(args: readonly string[], outcome: Omit<CommandOutcome, "json">): CommandOutcome {
  const { stdout, stderr } = outcome;
  for (const [secret] of stdout.matchAll(/cvs_[0-9A-Za-z]{49}/g)) {
    leakHunt.expectNowhere("a secret from a command", secret);
  }
  leakHunt.search(`standard error of ${args.slice(0, 2).join(" ")}`, stderr);
  return { ...outcome, json: () => JSON.parse(stdout) };
}

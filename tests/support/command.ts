/** Runs the real CLI as a process, on a test's database. */
import { join } from "node:path";
import type { CommandContext } from "../../src/cli/command.ts";
import { readConfig } from "../../src/instance/open.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { noon, salts, zone } from "./app.ts";
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
    salts,
    secretKey: new Secret("test secret key 0123456789 abcdef"),
    rules: { zone, lifetimeDaysMax: 366, bansGlobalSubnet: true },
    actor,
    now: noon,
    zone,
    isTerminal: false,
    readStandardInput: async () => "",
    readToken: async () => new Secret(""),
    readPassword: async () => new Secret(""),
  };
}

/** Runs `bun run cli` with these arguments. */
export async function runCommand(
  database: Pick<TestDatabase, "target">,
  args: readonly string[],
  options: { stdin?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<CommandOutcome> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../../src/cli.ts"), ...args], {
    stdin: new Blob([options.stdin ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
    env: {
      PATH: process.env.PATH ?? "",
      TZ: process.env.TZ ?? "",
      DATABASE_URL: urlOf(database.target),
      SECRET_KEY: "test secret key 0123456789 abcdef",
      CIVIFORM_API_SECRET_SALT: saltText,
      ...options.env,
    },
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  // Secrets are printed to standard output, once, and nowhere else.
  for (const [secret] of stdout.matchAll(/cvs_[0-9A-Za-z]{49}/g)) {
    leakHunt.expectNowhere("a secret from a command", secret);
  }
  leakHunt.search(`standard error of ${args.slice(0, 2).join(" ")}`, stderr);
  return { exitCode, stdout, stderr, json: () => JSON.parse(stdout) };
}

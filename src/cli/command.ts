/** What a command of the CLI is: a row of `commands.ts` that `cli.ts` finds, parses, runs and prints. */
import type { Config } from "../config/variables.ts";
import type { Connection, DatabaseTarget } from "../db/client.ts";
import type { Actor } from "../domain/access/audit/record.ts";
import type { SaltRing } from "../domain/access/credentials.ts";
import type { ApiKeyRules } from "../domain/access/keys/fields.ts";
import type { Secret } from "../lib/secrets/secret.ts";

/** What every command may use. */
export interface CommandContext {
  readonly config: Config;
  readonly target: DatabaseTarget;
  readonly connection: Connection;
  readonly salts: SaltRing;
  /** The root of derived keys. */
  readonly secretKey: Secret;
  readonly rules: ApiKeyRules;
  readonly actor: Actor;
  readonly now: Date;
  /** The instance's zone, an IANA name. */
  readonly zone: string;
  /** True when a person watches: progress may be drawn on standard error. */
  readonly isTerminal: boolean;
  /** Prints to standard error, where the answer is not. */
  printError(text: string): void;
  /** Everything on standard input, as text. */
  readStandardInput(): Promise<string>;
  /** An API secret token: the first line of standard input, or asked for on the terminal without showing it. */
  readToken(): Promise<Secret>;
  /** A password: the first line of standard input, or asked for on the terminal without showing it. */
  readPassword(options: Readonly<Record<string, unknown>>): Promise<Secret>;
}

/** What a command has to say: `json` is printed with `--json`, `text` otherwise. */
export interface CommandResult {
  readonly json: unknown;
  readonly text: string;
  /** 0 unless it says otherwise: a check that came out negative exits 1. */
  readonly exitCode?: 0 | 1;
}

/** An option as commander spells it, and what is refused before anything is opened. */
export type CommandOption = readonly [
  flags: string,
  description: string,
  limits?: { readonly isRequired?: true; readonly choices?: readonly string[] },
];

/** What help and `docs/cli.md` say about a command. */
export interface CommandDescription {
  /** Noun, verb and arguments: `programs import <file>`, `applications import <files...>`. */
  readonly name: string;
  readonly summary: string;
  /** A call that works, from the noun on; a pipe or a redirection may stand around `{cli}`. */
  readonly example: string;
  /** What `--json` prints, in the short form of `docs/cli.md`: `[{"id","email"}]`. */
  readonly answer: string;
  readonly options: readonly CommandOption[];
}

/** One `noun verb`. */
export interface Command extends CommandDescription {
  /** Set for commands that must see a database as it is, before any migration. */
  readonly skipsMigration?: true;
  /** Throws `DomainError` (exit 1) or `UsageError` (exit 2). */
  run(
    context: CommandContext,
    args: readonly (string | string[])[],
    options: Readonly<Record<string, unknown>>,
  ): Promise<CommandResult>;
}

/** A `noun verb` that needs no database: it works where none can be reached. */
export interface ConfigCommand extends CommandDescription {
  runWithConfig(config: Config): CommandResult;
}

/** The command was called wrongly: exit code 2. */
export class UsageError extends Error {}

/** An option that must be there, as text. Throws `UsageError`. */
export function requireOption(options: Readonly<Record<string, unknown>>, name: string): string {
  const value = options[name];
  if (typeof value === "string" && value !== "") return value;
  throw new UsageError(`--${name} is missing.`);
}

/** An option that may stand several times, as a list. */
export function listOption(options: Readonly<Record<string, unknown>>, name: string): string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The first argument, as text. */
export function firstArgument(args: readonly (string | string[])[]): string {
  const [first] = args;
  return typeof first === "string" ? first : "";
}

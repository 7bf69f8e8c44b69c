/** A command of the CLI: a row of `commands.ts` that `cli.ts` runs and prints. */
import type { BunFile } from "bun";
import type { Config } from "../config/variables.ts";
import type { Connection, DatabaseTarget } from "../db/client.ts";
import type { SaltRing } from "../domain/access/credentials.ts";
import type { ApiKeyRules } from "../domain/access/keys/fields.ts";
import type { Permitted, Right } from "../domain/access/people/roles.ts";
import { DomainError } from "../lib/errors.ts";
import type { Secret } from "../lib/secrets/secret.ts";
import { parseDate } from "../lib/time/times.ts";
import type { Terminal } from "./terminal.ts";

/** What every command may use. */
export interface CommandContext {
  readonly config: Config;
  readonly target: DatabaseTarget;
  readonly connection: Connection;
  /** Which embedded PostgreSQL it is, in a sentence. */
  readonly embedded: string | undefined;
  /** Migrates the database, as this owner or the configured one. */
  migrate(owner?: DatabaseTarget): Promise<void>;
  readonly salts: SaltRing;
  /** Other keys are derived from it. */
  readonly secretKey: Secret;
  readonly rules: ApiKeyRules;
  readonly actor: Permitted<Right>;
  readonly now: Date;
  /** The instance's zone, an IANA name. */
  readonly zone: string;
  /** Whether standard error is a terminal, where progress can be shown. */
  readonly isTerminal: boolean;
  /** Prints a part of a long answer. */
  print(text: string): Promise<void>;
  /** Prints to standard error, where the answer is not. */
  printError(text: string): void;
  /** Everything on standard input, as text. */
  readStandardInput(): Promise<string>;
  /** Reads an API secret token: a hidden prompt on a terminal, otherwise the first line of standard input. */
  readToken(): Promise<Secret>;
  /** Reads a password: a hidden prompt, or with `--password-stdin` the first line of standard input. */
  readPassword(options: CommandOptions): Promise<Secret>;
}

/** The arguments of a call, in order; one that takes several values is a list. */
export type CommandArguments = readonly (string | string[])[];

/** The options of a call, in camel case. */
export type CommandOptions = Readonly<Record<string, unknown>>;

/** A command's answer: `json` is printed with `--json`, otherwise `text`. */
export interface CommandResult {
  /** Left out by commands that have printed everything. */
  readonly json?: unknown;
  readonly text: string;
  /** 0 if left out. A check that fails exits with 1. */
  readonly exitCode?: 0 | 1;
}

/** An option in commander's notation, with limits that are checked before anything is opened. */
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
  /** A working call, starting at the noun; `{cli}` stands for the program in a pipe. */
  readonly example: string;
  /** What `--json` prints, in short: `[{"id","email"}]`. */
  readonly answer: string;
  readonly options?: readonly CommandOption[];
}

/** One `noun verb`. */
export interface Command extends CommandDescription {
  /** Set for commands that need the database as it is, unmigrated. */
  readonly skipsMigration?: true;
  /** Throws `UsageError` about a wrong call, before anything is opened. */
  check?(args: CommandArguments, options: CommandOptions): void;
  /** Throws `DomainError` (exit 1) or `UsageError` (exit 2). */
  run(context: CommandContext, args: CommandArguments, options: CommandOptions): Promise<CommandResult>;
}

/** A `noun verb` that needs no database, and works when it is unreachable. */
export interface ConfigCommand extends CommandDescription {
  runWithConfig(config: Config, terminal: Pick<Terminal, "environment" | "printError">): Promise<CommandResult>;
}

/** The call is wrong: exit code 2. */
export class UsageError extends Error {}

/** A required option, as text. Throws `UsageError` without it. */
export function requireOption(options: CommandOptions, name: string): string {
  const value = options[name];
  if (typeof value === "string" && value !== "") return value;
  throw new UsageError(`--${name} is missing.`);
}

/** An option that takes several values, as a list. */
export function listOption(options: CommandOptions, name: string): string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The first argument, as text. */
export function firstArgument([first]: CommandArguments): string {
  return typeof first === "string" ? first : "";
}

/** An option that is a day, `YYYY-MM-DD`; undefined when it is not given. Throws `UsageError` when it is no date. */
export function dayOption(options: CommandOptions, name: string): string | undefined {
  if (options[name] === undefined) return undefined;
  const text = String(options[name]);
  if (parseDate(text) !== undefined) return text;
  const flag = name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  throw new UsageError(`--${flag} must be a date: YYYY-MM-DD.`);
}

/** A file that a command reads. Throws `not_found` when it does not exist. */
export async function getFile(path: string): Promise<BunFile> {
  const file = Bun.file(path);
  if (!(await file.exists())) throw new DomainError("not_found", `File not found: ${path}`);
  return file;
}

/** What a command of the CLI is: a row that `cli.ts` finds, parses, runs and prints. */
import type { Connection } from "../db/client.ts";

/** What every command may use. */
export interface CommandContext {
  readonly connection: Connection;
  readonly now: Date;
  /** The instance's zone, an IANA name. */
  readonly zone: string;
  /** True when a person watches: progress may be drawn on standard error. */
  readonly isTerminal: boolean;
  /** Everything on standard input, as text. */
  readStandardInput(): Promise<string>;
}

/** What a command has to say: `json` is printed with `--json`, `text` otherwise. */
export interface CommandResult {
  readonly json: unknown;
  readonly text: string;
  /** 0 unless it says otherwise: a check that came out negative exits 1. */
  readonly exitCode?: 0 | 1;
}

/** One `noun verb`. */
export interface Command {
  /** Noun, verb and arguments: `programs import <file>`, `applications import <files...>`. */
  readonly name: string;
  readonly summary: string;
  /** Options as commander spells them: `["--publish", "make it the active version at once"]`. */
  readonly options: readonly (readonly [flags: string, description: string])[];
  /** Throws `DomainError` (exit 1) or `UsageError` (exit 2). */
  run(
    context: CommandContext,
    args: readonly (string | string[])[],
    options: Readonly<Record<string, unknown>>,
  ): Promise<CommandResult>;
}

/** The command was called wrongly: exit code 2. */
export class UsageError extends Error {}

/** What a command line is run in: its environment, its standard input and where it prints. */
import password from "@inquirer/password";
import type { Environment } from "../config/variables.ts";

/** The process's own, or a test's. */
export interface Terminal {
  readonly environment: Environment;
  /** True when standard input is a person, who can be asked. */
  readonly canAsk: boolean;
  /** True when a person watches standard error: progress may be drawn there. */
  readonly isWatched: boolean;
  /** Everything on standard input, as text. */
  readStandardInput(): Promise<string>;
  /** Asks on standard error, where the answer of the command is not; what is typed is never shown. */
  askHidden(message: string): Promise<string>;
  /** Prints to standard output; resolves when all of it has been taken. */
  print(text: string): Promise<void>;
  printError(text: string): void;
}

/** The terminal of this process. */
export const processTerminal: Terminal = {
  environment: process.env,
  canAsk: process.stdin.isTTY === true,
  isWatched: process.stderr.isTTY === true,
  readStandardInput: () => Bun.stdin.text(),
  askHidden: (message) => password({ message, toggleMask: false }, { output: process.stderr }),
  print: printWhole,
  printError(text) {
    process.stderr.write(text);
  },
};

/** Waits until a pipe has taken all of it; a reader that has gone (`| head`) wants no more. */
async function printWhole(text: string): Promise<void> {
  try {
    await Bun.write(Bun.stdout, text);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}

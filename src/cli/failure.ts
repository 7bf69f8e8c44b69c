/** How a failed command is reported: a sentence for people, an object with `--json`. */
import { CommanderError } from "commander";
import { describeFailure, type Failure } from "../instance/failure.ts";
import { UsageError } from "./command.ts";

/** Describes any error of a command, a wrong call included. */
export function describeCommandFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // Commander shows its help when the verb is missing, without a message.
    const isBare = error.code === "commander.help";
    return { error: "usage", message: isBare ? "Missing command." : error.message.replace(/^error: /, "") };
  }
  if (error instanceof UsageError) return { error: "usage", message: error.message };
  // The library's name for Ctrl-C at a question.
  if (error instanceof Error && error.name === "ExitPromptError") {
    return { error: "invalid", message: "Cancelled. Nothing was changed." };
  }
  return describeFailure(error);
}

/** Its exit code: 2 for a usage error, otherwise 1. */
export function exitCodeOf({ error }: Failure): 1 | 2 {
  return error === "usage" ? 2 : 1;
}

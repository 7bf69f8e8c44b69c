/** Values that begin with a hyphen, as slugs may. */
import type { CommandOption } from "./command.ts";

/**
 * Spells a command line so that commander takes `-x` for a value. No option of ours has one hyphen, except `-h` and
 * `-V`. Whoever writes `--` separates options and arguments without our help.
 */
export function markHyphenValues(args: readonly string[], options: readonly CommandOption[]): string[] {
  if (args.includes("--")) return [...args];
  const flags = options.map(([text]) => text.split(" "));
  const lists = flags.flatMap(([name, value]) => (value?.endsWith("...>") ? [name] : []));
  const takers = flags.flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const marked: string[] = [];
  const operands: string[] = [];
  let option: string | undefined;
  for (const [index, arg] of args.entries()) {
    const isFirstValue = takers.includes(args[index - 1]);
    if (arg.startsWith("--") && !isFirstValue) option = arg;
    if (!/^-[^-]/.test(arg) || arg === "-h" || arg === "-V" || isFirstValue) marked.push(arg);
    else if (option !== undefined && lists.includes(option)) marked.push(option, arg);
    else operands.push(arg);
  }
  return operands.length === 0 ? marked : [...marked, "--", ...operands];
}

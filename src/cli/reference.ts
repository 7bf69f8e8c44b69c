/** `bun run docs:cli`: writes `docs/cli.md` from the table of commands. */
import type { CommandOption } from "./command.ts";
import { groupByNoun, programName, spellExample } from "./command-line.ts";
import { nouns } from "./commands.ts";

const introduction = `# The command line

<!-- Made by "bun run docs:cli" from src/cli: change it there. -->

\`${programName} <noun> <verb>\` administers an instance on its own machine, whether the server is running or not. It reads
the same environment variables as the server (Bun also reads a \`.env\` file in the current folder) and connects to the same
database. With the embedded database, it starts PostgreSQL if no server is running. A command migrates a database that is behind
first, unless its description says otherwise, and refuses one that a newer release has migrated.

- **\`--help\`** explains the program, a noun or a command, with an example.
- **\`--json\`** prints the answer as one line of JSON on standard output. Its times are in UTC (ISO 8601); without \`--json\`,
  times are in the instance's zone (\`CIVIFORM_TIME_ZONE_ID\`). Ignore fields you don't know: later releases may add some.
- **Values that begin with a hyphen**, such as the slug \`-x\`, are taken as they are. For one that begins with two, write
  \`--option=--x\`, or \`--\` before the arguments.
- **Exit codes:** 0 done; 1 failed, or a check failed; 2 usage error (unknown command or option, missing argument), in which
  case nothing was opened or changed.
- **Failures** are a sentence on standard error; with \`--json\`, an object on its last line:
  \`{"error","message","problems"}\`. \`error\` is one of \`usage\` (exit 2), \`configuration\`, \`database\`, \`unavailable\`,
  \`invalid\`, \`not_found\`, \`conflict\`, \`forbidden\`, \`too_many\`, \`unexpected\`; \`problems\` lists each problem, where
  there can be several.
- **Secrets** are read from standard input or a hidden prompt. Only \`keys create\`, \`keys rotate\` and \`alerts secret\` print
  one.
`;

/** Writes the whole page. */
export function writeReference(): string {
  const sections = [...groupByNoun()].map(([noun, group]) => {
    const commands = group.map((command) => {
      const rows = (command.options ?? []).map(describeOption);
      const table = rows.length > 0 ? `\n\n| option | |\n| --- | --- |\n${rows.join("\n")}` : "";
      const example = `\`\`\`sh\n${spellExample(command)}\n\`\`\``;
      const summary = `${sentence(command.summary)} \`--json\`: \`${command.answer}\`.`;
      return `### ${command.name}\n\n${summary}\n\n${example}${table}\n`;
    });
    return `## ${noun}\n\n${sentence(nouns[noun] ?? "")}\n\n${commands.join("\n")}`;
  });
  return [introduction, ...sections].join("\n");
}

function describeOption([flags, description, limits]: CommandOption): string {
  const choices = limits?.choices ? `: ${limits.choices.join(", ")}` : "";
  return `| \`${flags}\` | ${description}${choices}${limits?.isRequired ? " **(required)**" : ""} |`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

if (import.meta.main) await Bun.write(`${import.meta.dir}/../../docs/cli.md`, writeReference());

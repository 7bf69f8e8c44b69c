/** `bun run docs:cli`: writes `docs/cli.md` from the table of commands. */
import type { CommandOption } from "./command.ts";
import { groupByNoun, programName, spellExample } from "./command-line.ts";
import { nouns } from "./commands.ts";

const introduction = `# The command line

<!-- Made by "bun run docs:cli" from src/cli: change it there. -->

\`${programName} <noun> <verb>\` administers an instance on its machine: beside a running server, or without one. It reads
the same environment variables as the server, and connects to the same database; with an embedded one it starts PostgreSQL for
itself when no server runs. A command first migrates a database that is behind, except where it says otherwise; one that a newer
release has migrated is refused. Bun
reads the file \`.env\` of the folder that it is called in, too.

- **\`--help\`** explains the program, a noun or a command, with an example.
- **\`--json\`** prints the answer as one line of JSON on standard output. Times are in UTC (ISO 8601); without \`--json\` they are
  in the instance's zone (\`CIVIFORM_TIME_ZONE_ID\`). Fields may be added: ignore those that you do not know.
- **Exit codes:** 0 done; 1 failed, or a check came out negative; 2 called wrongly (unknown command or option, missing
  argument), and then nothing was opened or changed.
- **Failures** are a sentence on standard error; with \`--json\` an object, its last line:
  \`{"error","message","problems"}\`. \`error\` is one of \`usage\` (exit 2), \`configuration\`, \`database\`, \`unavailable\`,
  \`invalid\`, \`not_found\`, \`conflict\`, \`forbidden\`, \`too_many\`, \`unexpected\`; \`problems\` lists each thing that is wrong, where
  there are several.
- **Secrets** come in on standard input or are asked for on the terminal without showing them, and go out in the answers of
  \`keys create\` and \`keys rotate\` (and the webhook's in \`alerts secret\`) only.
`;

/** The whole page. */
export function writeReference(): string {
  const sections = [...groupByNoun()].map(([noun, group]) => {
    const commands = group.map((command) => {
      const rows = command.options.map(describeOption);
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

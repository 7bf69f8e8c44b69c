import { expect, test } from "bun:test";
import { createCommandLine } from "../../src/cli/command-line.ts";
import { commands } from "../../src/cli/commands.ts";
import { markHyphenValues } from "../../src/cli/hyphens.ts";

/** What a command would be run with. */
async function parse(line: string) {
  const calls: { args: unknown; options: unknown }[] = [];
  const commandLine = createCommandLine(
    async (_, args, options) => {
      calls.push({ args, options });
    },
    { writeOut() {}, writeErr() {} },
  );
  const options = commands.flatMap((command) => command.options ?? []);
  await commandLine.parseAsync(markHyphenValues(line.split(" "), options), { from: "user" });
  return calls[0];
}

const create = "keys create --name X --expires 2027-01-01 --subnet 10.0.0.0/8";

for (const [line, expected] of [
  ["programs publish -x", { args: ["-x"] }],
  ["programs publish -x --json", { args: ["-x"], options: { json: true } }],
  ["programs publish --json -rent-help", { args: ["-rent-help"], options: { json: true } }],
  ["programs publish -- -x", { args: ["-x"] }],
  ["programs publish -- --x", { args: ["--x"] }],
  [
    "applications import a.ndjson -b.ndjson --program -x",
    { args: [["a.ndjson", "-b.ndjson"]], options: { program: "-x" } },
  ],
  ["applications import a.ndjson --program=-x", { options: { program: "-x" } }],
  [`${create} --read -x`, { options: { read: ["-x"] } }],
  [`${create} --read a -x b --write -y -z`, { options: { read: ["a", "-x", "b"], write: ["-y", "-z"] } }],
] as const) {
  test(`takes what begins with a hyphen for a value in: ${line}`, async () => {
    expect(await parse(line)).toMatchObject(expected);
  });
}

test("still refuses unknown options, and values that no argument is there for", async () => {
  for (const line of ["programs publish x --publsh", "programs list -x", "keys retire a -b"]) {
    await expect(parse(line)).rejects.toMatchObject({ exitCode: 1 });
  }
});

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../support/command.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeExport } from "../support/imports.ts";

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await openTestDatabase();
  folder = await mkdtemp(join(tmpdir(), "civikey-programs-"));
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

const cli = (...args: string[]) => runCommand(database, args);
const civiForm = join(import.meta.dir, "../fixtures/civiform-program-export.json");
const slug = "utility-discount-program";

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await Bun.write(path, content);
  return path;
}

test("a program is imported as a draft, published, listed, and not imported twice", async () => {
  const imported = await cli("programs", "import", civiForm, "--json");
  expect([imported.exitCode, imported.stderr]).toEqual([0, ""]);
  expect(imported.json()).toEqual({
    ...{ slug, version: 2610, stage: "draft", questions: 5, changed: true },
  });
  expect((await cli("programs", "publish", slug, "--json")).json()).toEqual({
    slug,
    version: 2610,
  });
  expect((await cli("programs", "import", civiForm, "--publish", "--json")).json()).toEqual({
    ...{ slug, version: 2610, stage: "active", questions: 5, changed: false },
  });
  expect((await cli("programs", "list", "--json")).json()).toEqual([
    {
      ...{ id: expect.any(Number), slug, adminName: slug, name: "Utility Discount Program" },
      ...{ programType: "DEFAULT", activeVersionId: 2610, draftVersionId: null, keepDays: null },
    },
  ]);
  expect((await cli("programs", "list")).stdout).toBe(
    [
      "SLUG                      ACTIVE  DRAFT  TYPE     NAME",
      `${slug}  2610    -      DEFAULT  Utility Discount Program\n`,
    ].join("\n"),
  );
});

test("what is wrong is said on standard error, with exit code 1", async () => {
  const cases: [string[], string][] = [
    [["import", join(folder, "nothing.json")], `File not found: ${join(folder, "nothing.json")}`],
    [["import", await write("bad.json", "{]")], "JSON is incorrectly formatted: "],
    [["import", await write("latin1.json", new Uint8Array([0x7b, 0xe9]))], "the text is not UTF-8."],
    [["import", await write("big.json", " ".repeat(5_000_000))], "may have 4 MiB at most."],
    [["publish", slug], "The program has no draft to publish."],
    [["publish", "nobody"], "Program not found for slug: nobody"],
  ];
  for (const [args, message] of cases) {
    const { exitCode, stdout, stderr } = await cli("programs", ...args);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(message);
  }
});

test("people read what happened", async () => {
  const path = await write("made-up.json", JSON.stringify(makeExport()));
  expect((await cli("programs", "import", path)).stdout).toBe(
    "Imported made-up: version 1 is a draft, with 1 questions.\n",
  );
  expect((await cli("programs", "import", path)).stdout).toBe("Nothing changed in made-up: version 1 is a draft.\n");
  expect((await cli("programs", "publish", "made-up")).stdout).toBe("Published made-up: version 1 is active.\n");
});

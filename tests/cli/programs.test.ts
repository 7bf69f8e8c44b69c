import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { zone } from "../support/app.ts";
import { runCommand } from "../support/command.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeKey } from "../support/factories.ts";
import { type ExportSpec, makeExport } from "../support/imports.ts";

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
    ...{ published: false, newQuestions: null },
  });
  expect((await cli("programs", "publish", slug, "--json")).json()).toEqual({
    ...{ slug, version: 2610, newQuestions: { keys: expect.any(Array), seenBy: [], hiddenFrom: [] } },
  });
  expect((await cli("programs", "import", civiForm, "--publish", "--json")).json()).toEqual({
    ...{ slug, version: 2610, stage: "active", questions: 5, changed: false },
    ...{ published: false, newQuestions: null },
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

test("publishing says which keys see the new questions", async () => {
  const [program, now] = ["childcare", new Date()];
  const pets = { name: "pets", type: "enumerator" };
  const versions: NonNullable<ExportSpec["questions"]>[] = [[{ name: "income" }, pets]];
  versions.push([...(versions[0] ?? []), { name: "age", under: "pets" }]);
  versions.push([...(versions[1] ?? []), { name: "rent" }]);
  const [first = "", second = "", third = ""] = await Promise.all(
    versions.map((questions, index) =>
      write(`v${index}.json`, JSON.stringify(makeExport({ id: 50 + index, adminName: program, questions }))),
    ),
  );
  const published = (await cli("programs", "import", first, "--publish", "--json")).json();
  expect(published).toMatchObject({ published: true, newQuestions: { keys: ["income", "pets"], seenBy: [] } });
  const working = { slug: program, now, expiration: addDays(localDate(now, zone), 30) };
  const make = (keyName: string, mode: string, ...keys: string[]) =>
    makeKey({ database }, { ...working, keyName, questions: [{ slug: program, mode, keys }] });
  const everything = await make("Everything", "all");
  const noPets = await make("No pets", "except", "pets");
  const income = await make("Income", "only", "income");
  await makeKey({ database }, { ...working, keyName: "Writes", permission: "WRITE" });
  await makeKey({ database }, { slug: program, keyName: "Expired" });

  await cli("programs", "import", second);
  const named = (name: string, { keyId }: { keyId: string }) => ({ name, keyId });
  expect((await cli("programs", "publish", program, "--json")).json()).toEqual({
    ...{ slug: program, version: 51 },
    newQuestions: {
      keys: ["age"],
      seenBy: [named("Everything", everything)],
      hiddenFrom: [named("Income", income), named("No pets", noPets)],
    },
  });
  const news = "New questions: rent\nSeen by: Everything and No pets\nNot seen by: Income\n";
  expect((await cli("programs", "import", third, "--publish")).stdout).toBe(
    `Imported childcare: version 52 is active, with 4 questions.\n${news}`,
  );
  const again = (await cli("programs", "import", third, "--publish", "--json")).json();
  expect(again).toMatchObject({ changed: false, published: false, newQuestions: null });
});

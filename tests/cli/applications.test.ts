import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../support/command.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeRecord, publishExport } from "../support/imports.ts";
import { listAll } from "../support/listing.ts";

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await openTestDatabase();
  await publishExport(database.db);
  folder = await mkdtemp(join(tmpdir(), "civikey-applications-"));
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

const cli = (...args: string[]) => runCommand(database, ["applications", "import", ...args]);
const pathOf = (name: string) => join(folder, name);
const lines = (...records: unknown[]) =>
  records.map((record) => (typeof record === "string" ? record : JSON.stringify(record))).join("\n");
async function write(name: string, content: string): Promise<string> {
  await Bun.write(pathOf(name), content);
  return pathOf(name);
}
const bad = JSON.stringify(makeRecord(9, { application_id: null }));
const storedIds = async () => (await listAll(database.db, "made-up")).map((text) => JSON.parse(text).application_id);

test("files of both kinds are imported one after the other, and counted together", async () => {
  const files = [
    await write("list.json", JSON.stringify({ payload: [makeRecord(1)] })),
    await write("lines.ndjson", lines(makeRecord(1), makeRecord(2))),
  ];
  const first = await cli(...files, "--program", "made-up", "--json");
  expect([first.exitCode, first.stderr]).toEqual([0, ""]);
  expect(first.json()).toEqual({ read: 3, inserted: 2, updated: 0, unchanged: 1, rejected: 0, erased: 0 });
  expect((await cli(...files, "--program", "made-up")).stdout).toBe(
    "Read 3 applications: 0 new, 0 updated, 3 unchanged, 0 rejected.\n",
  );
});

test("a bad record stops its file by name, and the files before it stay", async () => {
  const files = [
    await write("good.ndjson", lines(makeRecord(3))),
    await write("bad.ndjson", lines(makeRecord(4), bad)),
  ];
  const { exitCode, stdout, stderr } = await cli(...files, "--program", "made-up");
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toBe(`${pathOf("bad.ndjson")}: Record 2 (line 2): application_id must be an integer.\n`);
  expect(await storedIds()).toEqual([3, 2, 1]);
  expect(await Bun.file(pathOf("bad.ndjson.rejects.ndjson")).exists()).toBe(false);
});

test("bad records go beside their file as they came, one a line, and the rest is imported", async () => {
  const pretty = JSON.stringify({ payload: [makeRecord(5), JSON.parse(bad)] }, null, 2);
  const path = await write("mixed.json", pretty.replaceAll("\n", "\r\n"));
  const { exitCode, stderr, json } = await cli(path, "--program", "made-up", "--skip-invalid", "--json");
  expect(exitCode).toBe(0);
  expect(json()).toEqual({ read: 2, inserted: 1, updated: 0, unchanged: 0, rejected: 1, erased: 0 });
  expect(stderr).toBe(`${path}: Record 2: application_id must be an integer.\n`);
  const rejects = await Bun.file(`${path}.rejects.ndjson`).text();
  expect(rejects.trimEnd()).not.toContain("\n");
  expect(JSON.parse(rejects)).toEqual(JSON.parse(bad));
});

test("bad records of all files go where they are told to, and many of them are not all explained", async () => {
  const many = Array.from({ length: 30 }, () => bad);
  const files = [await write("many.ndjson", lines(...many)), await write("one.ndjson", lines("{", bad))];
  const rejects = pathOf("elsewhere.ndjson");
  const options = ["--program", "made-up", "--skip-invalid", "--rejects", rejects, "--json"];
  const { stderr, json } = await cli(...files, ...options);
  expect(json()).toMatchObject({ read: 32, rejected: 32 });
  expect(await Bun.file(rejects).text()).toBe(`${lines(...many, "{", bad)}\n`);
  expect(stderr.split("\n")).toHaveLength(22);
  expect(stderr).toContain(`The rest are in ${rejects}.`);
  expect(await Bun.file(`${files[0]}.rejects.ndjson`).exists()).toBe(false);
});

test("a wrong call is exit code 2, a file or program that is not there is 1", async () => {
  const path = await write("any.ndjson", "");
  const cases: [string[], number, string][] = [
    [[path], 2, "error: required option '--program <slug>' not specified\nUse --help for usage."],
    [[path, "--program", "made-up", "--rejects", "x"], 2, "--rejects needs --skip-invalid."],
    [[path, "--program", "nobody"], 1, `${path}: Program not found for slug: nobody`],
    [[pathOf("gone"), "--program", "made-up"], 1, `File not found: ${pathOf("gone")}`],
  ];
  for (const [args, code, message] of cases) {
    const { exitCode, stderr } = await cli(...args);
    expect([exitCode, stderr]).toEqual([code, `${message}\n`]);
  }
});

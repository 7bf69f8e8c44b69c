import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestApp, type TestApp } from "../support/app.ts";
import { runCommand } from "../support/command.ts";
import { makeLocalKey, makeProgram } from "../support/factories.ts";

let app: TestApp;
const file = join(tmpdir(), `civikey-retire-${crypto.randomUUID()}`);
beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
});
afterAll(async () => {
  await rm(file, { force: true });
  await app.close();
  await app.database.close();
});
const cli = (...args: string[]) => runCommand(app.database, args);
const linesOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("keys retire --file retires what a list or lines of key ids name, again and again, and reports unknown ones", async () => {
  const keys = [await makeLocalKey(app), await makeLocalKey(app), await makeLocalKey(app)];
  const [first = "", second = "", third = ""] = keys.map(({ keyId }) => keyId);
  await writeFile(file, JSON.stringify([{ keyId: first, name: "x" }, { keyId: second }]));
  const done = await cli("keys", "retire", "--file", file, "--json");
  expect([done.exitCode, done.json()]).toEqual([0, { retired: [first, second], alreadyRetired: [], unknown: [] }]);
  await writeFile(file, `${first}\r\n\ncvk_unknown\n${third}\n${third}`);
  const again = await cli("keys", "retire", "--file", file, "--json");
  expect([again.exitCode, again.json()]).toEqual([
    1,
    { retired: [third], alreadyRetired: [first], unknown: ["cvk_unknown"] },
  ]);
  const missing = await cli("keys", "retire", "--file", `${file}.none`);
  expect([missing.exitCode, missing.stderr]).toEqual([1, `File not found: ${file}.none\n`]);
  for (const args of [[], [first, "--file", file]]) expect((await cli("keys", "retire", ...args)).exitCode).toBe(2);
});

test("audit export prints every event as a line of JSON or CSV, of the days that are asked for, and is recorded", async () => {
  const all = await cli("audit", "export");
  expect([all.exitCode, all.stderr]).toEqual([0, ""]);
  const events = linesOf(all.stdout);
  expect(events.filter(({ action }) => action === "api_key.retired")).toHaveLength(3);
  expect(events[0]).toMatchObject({ actor: "operator (CLI)", action: "list.downloaded", address: null });
  expect(Object.keys(events[0])).toEqual([
    "time",
    "actor",
    "action",
    "api_key",
    "key_id",
    "program",
    "address",
    "details",
  ]);
  const csv = await cli("audit", "export", "--csv", "--since", "2020-01-01");
  const rows = csv.stdout.split("\r\n");
  expect(rows[0]).toBe("time,actor,action,api_key,key_id,program,address,details");
  expect(rows).toHaveLength(events.length + 3);
  const none = await cli("audit", "export", "--until", "2020-01-01");
  expect([none.exitCode, none.stdout]).toEqual([0, ""]);
  expect((await cli("audit", "export", "--since", "yesterday")).exitCode).toBe(2);
});

test("refusals list prints refused calls with their reasons", async () => {
  await app.call("/api/v1/checkAuth", btoa("cvk_nobody:cvs_nothing"));
  await app.refusals.flush();
  const { exitCode, stdout } = await cli("refusals", "list");
  expect(exitCode).toBe(0);
  expect(linesOf(stdout)).toMatchObject([{ calls: 1, reason: "unknown_key", address: "203.0.113.7", key_id: null }]);
});

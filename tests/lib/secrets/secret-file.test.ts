import { expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOrCreateSecret } from "../../../src/lib/secrets/secret-file.ts";

test("processes that start at once on one folder get the same secret, readable by its owner only", async () => {
  const folder = await mkdtemp(join(tmpdir(), "civikey-secret-"));
  const path = join(folder, "secret-key");
  const all = await Promise.all(Array.from({ length: 8 }, () => readOrCreateSecret(path)));
  expect(new Set(all).size).toBe(1);
  expect(Buffer.from(all[0] ?? "", "base64")).toHaveLength(32);
  expect(await readOrCreateSecret(join(folder, "another"))).not.toBe(all[0]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(["secret-key", "another"]));
  expect(await readdir(folder)).toHaveLength(2);
  await rm(folder, { recursive: true });
});

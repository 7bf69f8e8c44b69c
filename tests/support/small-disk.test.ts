import { describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountSmallDisk } from "./small-disk.ts";

const makeFolder = () => mkdtemp(join(tmpdir(), "civikey-disk-"));
const folder = await makeFolder();
const found = await mountSmallDisk(folder, { megabytes: 4 });
const disk = typeof found === "string" ? undefined : found;
if (typeof found === "string") {
  console.log(`No disk can be filled here, so nothing is tested: ${found}`);
  await rm(folder, { recursive: true });
}

const isMounted = async (path: string) => (await readFile("/proc/self/mounts", "utf8")).includes(` ${path} `);

/** A process that mounts a disk, and starts another one on it that would outlive it. */
const mounting = `
  const { mountSmallDisk } = await import(${JSON.stringify(join(import.meta.dir, "small-disk.ts"))});
  await mountSmallDisk(process.env.FOLDER, { megabytes: 1 });
  const { spawn } = await import("node:child_process");
  const tenant = spawn("sleep", ["600"], { cwd: process.env.FOLDER, detached: true, stdio: "ignore" });
  console.log(tenant.pid);
  await new Promise(() => setInterval(() => {}, 1000));`;

describe.skipIf(disk === undefined)("a small disk", () => {
  test("is full, has room again, and is removed with its folder", async () => {
    const write = () => writeFile(join(folder, "file"), "x".repeat(5_000));
    await write();
    await rm(join(folder, "file"));
    await disk?.fill();
    await expect(write()).rejects.toThrow("ENOSPC");
    await disk?.makeRoom();
    await write();
    await disk?.fill();
    await disk?.remove();
    await disk?.remove();
    expect(await isMounted(folder)).toBeFalse();
    await expect(stat(folder)).rejects.toThrow("ENOENT");
  });

  test("is removed when its process is killed, with everything on it", async () => {
    const FOLDER = await makeFolder();
    const env = { PATH: process.env.PATH ?? "", FOLDER };
    const child = Bun.spawn([process.execPath, "-e", mounting], { env, stdout: "pipe" });
    const { value } = await child.stdout.getReader().read();
    const tenant = Number(new TextDecoder().decode(value));
    const hasTenant = async () => {
      const command = await readFile(`/proc/${tenant}/cmdline`, "utf8").catch(() => "");
      return command.startsWith("sleep");
    };
    try {
      while (!(await hasTenant())) await Bun.sleep(20);
      expect(await isMounted(FOLDER)).toBeTrue();
    } finally {
      child.kill("SIGKILL");
    }
    while (await isMounted(FOLDER)) await Bun.sleep(20);
    while (await hasTenant()) await Bun.sleep(20);
  });
});

import { expect, test } from "bun:test";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountSmallDisk } from "./small-disk.ts";

const folder = await mkdtemp(join(tmpdir(), "civikey-disk-"));
const disk = await mountSmallDisk(folder, { megabytes: 4 });
if (typeof disk === "string") {
  console.log(`No disk can be filled here: ${disk}`);
  await rm(folder, { recursive: true });
}

const isMounted = async (path: string) =>
  (await readFile("/proc/self/mounts", "utf8")).includes(` ${path} `);

test.skipIf(typeof disk === "string")(
  "a small disk is full, has room again, and goes",
  async () => {
    if (typeof disk === "string") return;
    const write = () => writeFile(join(folder, "file"), "x".repeat(5_000));
    await write();
    await rm(join(folder, "file"));
    await disk.fill();
    await expect(write()).rejects.toThrow("ENOSPC");
    await disk.makeRoom();
    await write();
    await disk.fill();
    await disk.remove();
    await disk.remove();
    expect(await isMounted(folder)).toBeFalse();
    await expect(stat(folder)).rejects.toThrow("ENOENT");
  },
);

test.skipIf(typeof disk === "string")(
  "a small disk goes with a process that is killed",
  async () => {
    const module = join(import.meta.dir, "small-disk.ts");
    const other = await mkdtemp(join(tmpdir(), "civikey-disk-"));
    const child = Bun.spawn(
      [
        process.execPath,
        "-e",
        `const { mountSmallDisk } = await import(${JSON.stringify(module)});
       await mountSmallDisk(${JSON.stringify(other)}, { megabytes: 1 });
       console.log("mounted");
       await new Promise(() => setInterval(() => {}, 1000));`,
      ],
      { stdout: "pipe", stderr: "inherit" },
    );
    for await (const _ of child.stdout) break;
    expect(await isMounted(other)).toBeTrue();
    child.kill("SIGKILL");
    while (await isMounted(other)) await Bun.sleep(20);
  },
);

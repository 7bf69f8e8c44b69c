/** Folders that take long to make: made once, and kept beside the packages for the next run. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolderOnce } from "../../src/db/embedded/make-folder-once.ts";

const root = join(import.meta.dir, "../..");
const cache = join(root, "node_modules/.cache/civikey-tests");

/**
 * The folder of this kind and version. If there is none yet, `make` is given an empty folder, which everybody may pass
 * through, and returns the one in it that has `marker`; older versions go.
 */
export async function prepareFolder(wanted: {
  readonly kind: string;
  readonly version: string;
  readonly marker: string;
  readonly make: (draft: string) => Promise<string>;
}): Promise<string> {
  const { kind, version, marker, make } = wanted;
  const name = `${kind}-${version}`;
  await mkdir(cache, { recursive: true });
  await makeFolderOnce(join(cache, name), marker, async (draft) => {
    const made = await mkdtemp(join(tmpdir(), "civikey-prepared-"));
    await chmod(made, 0o711);
    try {
      await copyFolder(await make(made), join(draft, "data"));
    } finally {
      await rm(made, { recursive: true, force: true });
    }
    for (const other of await readdir(cache)) {
      const isOld = other.startsWith(`${kind}-`) && !other.startsWith(name);
      if (isOld) await rm(join(cache, other), { recursive: true, force: true });
    }
    return join(draft, "data");
  });
  return join(cache, name);
}

/** With owners: PostgreSQL's files are another user's when we are root. */
export async function copyFolder(from: string, to: string): Promise<void> {
  const { exitCode, stderr } = Bun.spawnSync(["cp", "-a", from, to], { stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`cp: ${stderr}`);
}

/** Changes when any of these files does. */
export async function hashFiles(patterns: readonly string[]): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  const paths = patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(root)]);
  for (const path of paths.toSorted()) hash.update(path).update(await readFile(join(root, path)));
  return hash.digest("hex").slice(0, 16);
}

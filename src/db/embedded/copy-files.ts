/** Copies files with mode and owner, and syncs them to disk. */
import { existsSync } from "node:fs";
import { chmod, copyFile, lchown, mkdir, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Copies one file. Fails when it is not there. */
export async function copyFileWithOwner(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await takeAfter(from, to);
  await using file = await open(to, "r");
  await file.sync();
}

/**
 * Copies a folder, except the paths in it that `leavesOut` names (with `/`), sockets, links, and files that
 * disappear meanwhile.
 */
export async function copyFolderWithOwner(
  from: string,
  to: string,
  options: { leavesOut(path: string): boolean },
  path = "",
): Promise<void> {
  await makeFolderLike(join(from, path), join(to, path));
  for (const entry of await readdir(join(from, path), { withFileTypes: true })) {
    const inner = path === "" ? entry.name : `${path}/${entry.name}`;
    if (options.leavesOut(inner)) continue;
    try {
      if (entry.isDirectory()) await copyFolderWithOwner(from, to, options, inner);
      else if (entry.isFile()) await copyFileWithOwner(join(from, inner), join(to, inner));
    } catch (error) {
      if (existsSync(join(from, inner))) throw error;
    }
  }
  await syncFolder(join(to, path));
}

/** Makes a folder with the mode and the owner of another one. */
export async function makeFolderLike(model: string, path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await takeAfter(model, path);
}

/** Syncs a folder's entries to disk. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

async function takeAfter(model: string, path: string): Promise<void> {
  const { mode, uid, gid } = await stat(model);
  // Only root can change owners; for everyone else the owner is the same.
  if (process.getuid?.() === 0) await lchown(path, uid, gid);
  await chmod(path, mode & 0o777);
}

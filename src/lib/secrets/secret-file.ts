/** Secrets that are generated once and kept in a file. */
import { randomBytes } from "node:crypto";
import { chown, link, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Reads the secret in a file, which is made first if it is not there, readable by its owner only: when we are root,
 * the owner of the folder, who may start CiviKey the next time. Processes that start together get the same secret.
 */
export async function readOrCreateSecret(path: string): Promise<string> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await writeFile(draft, randomBytes(32).toString("base64"), { mode: 0o600, flush: true });
    if (process.getuid?.() === 0) {
      const { uid, gid } = await stat(dirname(path));
      await chown(draft, uid, gid);
    }
    // Only one process can make the link, and never to a half-written file.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    return (await readFile(path, "utf8")).trim();
  } finally {
    await rm(draft, { force: true });
  }
}

/** The secrets of an embedded installation: made once, kept in `DATA_DIR`, readable by their owner only (spec 6). */
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What an instance needs to verify and to sign. */
export interface InstanceSecrets {
  readonly secretKey: string;
  readonly salt: string;
}

/** Reads the secrets of a data folder; the first of several processes makes them, and all get the same. */
export async function readOrCreateSecrets(dataDir: string): Promise<InstanceSecrets> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return {
    secretKey: await readOrCreate(join(dataDir, "secret-key")),
    salt: await readOrCreate(join(dataDir, "api-secret-salt")),
  };
}

async function readOrCreate(path: string): Promise<string> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await writeFile(draft, randomBytes(32).toString("base64"), { mode: 0o600, flush: true });
    // A link is made by one process only, and never of a half-written file.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    return (await readFile(path, "utf8")).trim();
  } finally {
    await rm(draft, { force: true });
  }
}

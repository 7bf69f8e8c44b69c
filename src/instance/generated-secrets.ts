/** The secrets of an embedded installation: generated once, kept in `DATA_DIR`, readable by their owner only. */
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What an instance needs to verify and to sign. */
export interface InstanceSecrets {
  readonly secretKey: string;
  readonly salt: string;
}

/** Reads the secrets of a data folder, or generates them. Processes that start together get the same ones. */
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
    // Only one process can make the link, and never to a half-written file.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    return (await readFile(path, "utf8")).trim();
  } finally {
    await rm(draft, { force: true });
  }
}

/** The secrets of an embedded installation: generated once, kept in `DATA_DIR`, readable by their owner only. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readOrCreateSecret } from "../lib/secrets/secret-file.ts";

/** What an instance needs to verify and to sign. */
export interface InstanceSecrets {
  readonly secretKey: string;
  readonly salt: string;
}

/** Reads the secrets of a data folder, or generates them. Processes that start together get the same ones. */
export async function readOrCreateSecrets(dataDir: string): Promise<InstanceSecrets> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return {
    secretKey: await readOrCreateSecret(join(dataDir, "secret-key")),
    salt: await readOrCreateSecret(join(dataDir, "api-secret-salt")),
  };
}

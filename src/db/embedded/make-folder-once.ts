/** Makes a folder completely or not at all, despite crashes and other processes. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "./copy-files.ts";

/**
 * Lets `make` fill a draft beside `folder` and return what becomes `folder`, unless `folder/marker`
 * exists. Of two processes one wins, and the other uses what the winner made. Drafts that a crash left
 * are removed with the next success. Fails as `make` does.
 */
export async function makeFolderOnce(
  folder: string,
  marker: string,
  make: (draft: string) => Promise<string>,
): Promise<void> {
  const isMade = () => existsSync(join(folder, marker));
  if (isMade()) return;
  const draftPrefix = `${folder}.new-`;
  const draft = await mkdtemp(draftPrefix);
  try {
    await rename(await make(draft), folder);
    // Without it a power failure could take the folder's name, and all that was committed since.
    await syncFolder(dirname(folder));
  } catch (error) {
    if (!isMade()) throw error;
  } finally {
    await discard(draft);
  }
  // A rival that is still drafting fails here, and then finds the folder made.
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(basename(draftPrefix))) await discard(join(dirname(folder), name));
  }
}

/** A rival may be writing into it or removing it too: what stays is removed with the next success. */
async function discard(draft: string): Promise<void> {
  await rm(draft, { recursive: true, force: true }).catch(() => {});
}

/** Makes a folder completely or not at all, despite crashes and other processes. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "./copy-files.ts";

/**
 * Unless `folder/marker` exists, lets `make` fill a draft beside `folder` and return what becomes `folder`.
 * Of two processes one wins, and both use its folder. Drafts left by a crash are removed with the next
 * success. Throws what `make` throws.
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
  // Another process that is still drafting then fails, and finds the folder made.
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(basename(draftPrefix))) await discard(join(dirname(folder), name));
  }
}

/** Another process may be using or removing it: what remains is removed with the next success. */
async function discard(draft: string): Promise<void> {
  await rm(draft, { recursive: true, force: true }).catch(() => {});
}

/** Lets a measured server run with one of its modules replaced, and everything else unchanged. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { plugin } from "bun";

/**
 * `replacements` maps paths below `src` to files in this folder. Call it before the server is loaded. Throws for a
 * path that does not exist: nothing would be replaced, and the server compared with itself.
 */
export function replaceModules(replacements: Readonly<Record<string, string>>): void {
  plugin({
    name: "replace-modules",
    setup(build) {
      for (const [path, file] of Object.entries(replacements)) {
        const original = join(import.meta.dir, "../../../src", path);
        if (!existsSync(original)) throw new Error(`there is no ${original} to replace`);
        const replacement = join(import.meta.dir, file);
        build.onLoad({ filter: new RegExp(`^${RegExp.escape(original)}$`) }, () => ({
          contents: `export * from ${JSON.stringify(replacement)};`,
          loader: "ts",
        }));
      }
    },
  });
}

/** Lets a measured server run with another module in place of one of the product's, and all else as it is. */
import { join } from "node:path";
import { plugin } from "bun";

/** `replacements` are paths below `src`, and files of this folder. To be called before the server is loaded. */
export function replaceModules(replacements: Readonly<Record<string, string>>): void {
  plugin({
    name: "replace-modules",
    setup(build) {
      for (const [path, file] of Object.entries(replacements)) {
        const original = join(import.meta.dir, "../../../src", path);
        const replacement = join(import.meta.dir, file);
        build.onLoad({ filter: new RegExp(`^${RegExp.escape(original)}$`) }, () => ({
          contents: `export * from ${JSON.stringify(replacement)};`,
          loader: "ts",
        }));
      }
    },
  });
}

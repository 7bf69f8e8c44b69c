/**
 * The server and its worker as two files: from them a process starts with half the processor time that it takes to read
 * the thousand files of the sources. They are made for each state of the sources, and use the files beside those.
 */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { hashFiles, prepareFolder } from "./prepared-folder.ts";

const src = join(import.meta.dir, "../../src");
let built: Promise<string> | undefined;

/** The file to start a server with. */
export function buildServer(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const version = await hashFiles(["src/**", "bun.lock", "tests/support/built-server.ts"]);
  const folder = await prepareFolder({ kind: "server", version, marker: "server.js", make: buildIn });
  return join(folder, "server.js");
}

async function buildIn(draft: string): Promise<string> {
  const outdir = join(draft, "built");
  await mkdir(outdir);
  const { success, logs } = await Bun.build({
    entrypoints: [join(src, "server.ts"), join(src, "server/worker.ts")],
    naming: "[name].js",
    plugins: [
      {
        name: "where sources are",
        setup(builder) {
          builder.onLoad({ filter: /\/src\/.*\.tsx?$/ }, async ({ path }) => ({
            contents: placeSource(await readFile(path, "utf8"), path),
            loader: path.endsWith("x") ? "tsx" : "ts",
          }));
        },
      },
    ],
    ...{ outdir, target: "bun", packages: "external" },
  });
  if (!success) throw new AggregateError(logs, "The server could not be built");
  return outdir;
}

/** As if it ran where it is written, but that a server's workers are built too. */
function placeSource(text: string, path: string): string {
  return text
    .replace('join(import.meta.dir, "worker.ts")', 'join(Bun.main, "../worker.js")')
    .replaceAll("import.meta.dir", JSON.stringify(dirname(path)))
    .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href));
}

/**
 * The server, its worker and the CLI as files that have the packages in them: from these a process starts with half the
 * processor time that it takes to read the thousand files of the sources. They are made for each state of the sources,
 * and use the files beside those.
 */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { hashFiles, prepareFolder } from "./prepared-folder.ts";

const src = join(import.meta.dir, "../../src");
let folder: Promise<string> | undefined;

/** The file to start a program with. */
export async function buildProgram(name: "server" | "cli"): Promise<string> {
  folder ??= build();
  return join(await folder, `${name}.js`);
}

async function build(): Promise<string> {
  const version = await hashFiles(["src/**", "bun.lock", "tests/support/built-programs.ts"]);
  return prepareFolder({ kind: "programs", version, marker: "server.js", make: buildIn });
}

async function buildIn(draft: string): Promise<string> {
  const outdir = join(draft, "built");
  await mkdir(outdir);
  const { success, logs } = await Bun.build({
    entrypoints: ["server.ts", "server/worker.ts", "cli.ts"].map((file) => join(src, file)),
    naming: { entry: "[name].js", chunk: "[name]-[hash].js" },
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
    // What is needed only now and then stays aside.
    splitting: true,
    external: ["sass"],
    ...{ outdir, target: "bun" },
  });
  if (!success) throw new AggregateError(logs, "The programs could not be built");
  return outdir;
}

/** As if it ran where it is written, but that a server's workers are built too. */
function placeSource(text: string, path: string): string {
  return text
    .replace('join(import.meta.dir, "worker.ts")', 'join(Bun.main, "../worker.js")')
    .replaceAll("import.meta.dir", JSON.stringify(dirname(path)))
    .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href));
}

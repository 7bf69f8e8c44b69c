/**
 * Builds what browsers load: one style sheet, htmx, our scripts, two fonts and the images that the style
 * sheet names. Nothing comes from another host, neither now nor in the browser.
 */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { addDarkColors } from "./dark.ts";

/** What was built: file names with a content hash, by plain name (`app.css`). */
export interface AssetManifest {
  /** The hash of everything that the build reads. */
  readonly fingerprint: string;
  readonly files: Readonly<Record<string, string>>;
}

const sources = import.meta.dir;
const root = join(sources, "../..");
const uswds = join(root, "node_modules/@uswds/uswds");
const ownSources = new Bun.Glob("**/*.{ts,scss}");
const compressible = new Set([".css", ".js", ".svg"]);

/** The name of the file that lists what was built. */
export const manifestName = "manifest.json";

/**
 * Builds into a folder, unless it is up to date already (checking takes a millisecond or two). Several
 * processes may build at once: each renames finished files into place, the manifest last. Throws when
 * something doesn't compile. `write` makes the files in a folder, and gives their names by plain name.
 */
export async function buildAssets(outDir: string, write = writeFiles): Promise<void> {
  const fingerprint = await fingerprintSources();
  if ((await findFingerprint(outDir)) === fingerprint) return;

  const temporaryDir = join(outDir, `building-${crypto.randomUUID()}`);
  await mkdir(temporaryDir, { recursive: true });
  try {
    const files = await write(temporaryDir);
    await Bun.write(join(temporaryDir, manifestName), JSON.stringify({ fingerprint, files }));
    const made = (await readdir(temporaryDir)).filter((name) => name !== manifestName);
    for (const name of [...made, manifestName]) {
      await rename(join(temporaryDir, name), join(outDir, name));
    }
    await removeOthers(outDir, new Set([...made, manifestName]));
  } finally {
    await rm(temporaryDir, { recursive: true, force: true });
  }
}

/** The lock file pins every package that the build reads, so it stands for them. */
async function fingerprintSources(): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  const names = (await Array.fromAsync(ownSources.scan(sources))).sort();
  const paths = [...names.map((name) => join(sources, name)), join(root, "bun.lock")];
  for (const path of paths) hasher.update(await Bun.file(path).bytes());
  return hasher.digest("hex");
}

async function findFingerprint(outDir: string): Promise<unknown> {
  const file = Bun.file(join(outDir, manifestName));
  return (await file.exists()) ? (await file.json()).fingerprint : undefined;
}

async function removeOthers(outDir: string, wanted: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(outDir, { withFileTypes: true });
  // Not folders: another process may be building in one.
  const others = entries.filter((entry) => entry.isFile() && !wanted.has(entry.name));
  await Promise.all(others.map(({ name }) => rm(join(outDir, name), { force: true })));
}

async function writeFiles(dir: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  async function add(name: string, content: Uint8Array): Promise<string> {
    const fileName = `${basename(name, extname(name))}.${hashOf(content)}${extname(name)}`;
    files[name] = fileName;
    await Bun.write(join(dir, fileName), content);
    if (compressible.has(extname(name))) {
      await Bun.write(join(dir, `${fileName}.br`), compressBrotli(content));
      await Bun.write(join(dir, `${fileName}.gz`), gzipSync(content, { level: 9 }));
    }
    return fileName;
  }
  await add("htmx.js", await Bun.file(join(root, "node_modules/htmx.org/dist/htmx.min.js")).bytes());
  await add("app.js", await bundleScript("app.ts"));
  await add("passkeys.js", await bundleScript("passkeys.ts"));
  await add("app.css", await compileStyles(add));
  return files;
}

function hashOf(content: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex").slice(0, 12);
}

function compressBrotli(content: Uint8Array): Uint8Array {
  return brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
}

async function bundleScript(name: string): Promise<Uint8Array> {
  const { outputs } = await Bun.build({
    entrypoints: [join(sources, name)],
    target: "browser",
    format: "iife",
    minify: true,
  });
  const [script] = outputs;
  if (script === undefined) throw new Error("The script was not built.");
  return new Uint8Array(await script.arrayBuffer());
}

/** Compiles the style sheet, and adds every file that it names. */
async function compileStyles(add: (name: string, content: Uint8Array) => Promise<string>): Promise<Uint8Array> {
  // Loaded here, so that a start without a build does without it.
  const { compile, Logger } = await import("sass");
  const { css } = compile(join(sources, "app.scss"), {
    loadPaths: [join(uswds, "packages")],
    style: "compressed",
    charset: false,
    quietDeps: true,
    logger: Logger.silent,
  });
  let linked = addDarkColors(css);
  const paths = new Set([...css.matchAll(/url\("?([^")]+)"?\)/g)].map(([, path = ""]) => path));
  for (const path of paths) {
    const fileName = await add(basename(path), await Bun.file(join(uswds, "dist", path)).bytes());
    linked = linked.replaceAll(path, fileName);
  }
  return new TextEncoder().encode(linked);
}

// `bun run build`, for an installation that the server can't write to.
if (import.meta.main) await buildAssets(join(root, "public/built"));

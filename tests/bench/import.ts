/** The import of applications, against PostgreSQL's `COPY` of the same rows into a bare table. */
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { PendingQuery, Row } from "postgres";
import { connect, type DatabaseTarget } from "../../src/db/client.ts";
import { spawnCommand } from "../support/command.ts";
import { openTestDatabase, type TestDatabase, urlOf } from "../support/database.ts";
import { fillWithApplications, publishBenchProgram } from "./bench-applications.ts";
import { benchSlug, makeBenchKey } from "./bench-keys.ts";
import { startProductServer } from "./bench-process.ts";
import { atLeast, judge, type Measurement } from "./measurement.ts";
import { hasPsql, runPsql } from "./psql.ts";
import { fillReadyTexts } from "./ready-texts.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const comparison = {
  name: "import of 50,000 applications of 2 KB",
  against: "COPY of the same rows into a bare table",
  target: atLeast(0.3),
};

/** Imports per second with `applications import`, including the start of the command, into an empty program. */
export const applicationImport: Measurement = {
  comparisons: [comparison],
  async measure(scale) {
    const count = scale.quick ? 20_000 : 50_000;
    const folder = await mkdtemp(join(tmpdir(), "civikey-bench-"));
    const database = await openTestDatabase();
    const { target } = database;
    const files = { ndjson: join(folder, "applications.ndjson"), rows: join(folder, "rows") };
    await prepare(database, { files, count });
    const rounds = await measureInTurn(
      { rounds: scale.longRounds },
      {
        async product() {
          await empty(database, "applications");
          const started = performance.now();
          const args = ["applications", "import", files.ndjson, "--program", benchSlug, "--json"];
          const outcome = await spawnCommand(database, args);
          const seconds = (performance.now() - started) / 1000;
          if (outcome.exitCode !== 0) throw new Error(outcome.stderr);
          await expectRows(database, "applications", count);
          return 1 / seconds;
        },
        async copy() {
          await empty(database, "bare_applications");
          const started = performance.now();
          await copyRows(target, files.rows);
          const seconds = (performance.now() - started) / 1000;
          await expectRows(database, "bare_applications", count);
          return 1 / seconds;
        },
      },
    );
    await database.close();
    await rm(folder, { recursive: true });
    const name = comparison.name.replace("50,000", count.toLocaleString("en-US"));
    return [
      judge(
        { ...comparison, name },
        {
          rounds: ratiosOf(rounds, "product", "copy"),
          figures: mediansOf(rounds, "imports a second"),
        },
      ),
    ];
  },
};

interface Files {
  readonly ndjson: string;
  /** In PostgreSQL's text format. */
  readonly rows: string;
}

/** Writes the same applications twice: as the API serves them, and as PostgreSQL copies them. */
async function prepare(database: TestDatabase, { files, count }: { files: Files; count: number }): Promise<void> {
  const { client } = database;
  await publishBenchProgram(database, "large");
  await fillWithApplications(database, { size: "large", count });
  const token = await makeBenchKey(database);
  const server = await startProductServer(urlOf(database.target));
  await fillReadyTexts(database, { server, token, count });
  await server.stop();
  await writeLines(client`select body from ready_texts order by application_id desc`, files.ndjson);
  await client`create table bare_applications as select * from applications with no data`;
  const columns = await client<{ name: string }[]>`
    select attname as name from pg_attribute
    where attrelid = 'applications'::regclass and attnum > 0 and not attisdropped order by attnum`;
  const values = columns.map(({ name }) => `coalesce(${name}::text, '\\N')`);
  await writeLines(client.unsafe(`select concat_ws(e'\\t', ${values}) as body from applications`), files.rows);
  await copyRows(database.target, files.rows);
  const [different] = await client`
    select from (table bare_applications except table applications) as row limit 1`;
  if (different !== undefined) throw new Error("COPY does not get the same rows");
  await expectRows(database, "bare_applications", count);
}

async function writeLines(query: PendingQuery<Row[]>, path: string): Promise<void> {
  const file = Bun.file(path).writer();
  for await (const rows of query.cursor(1000)) {
    for (const { body } of rows) file.write(`${body}\n`);
    await file.flush();
  }
  await file.end();
}

async function copyRows(target: DatabaseTarget, path: string): Promise<void> {
  if (hasPsql()) {
    await runPsql(target, `\\copy bare_applications from '${path}'`);
    return;
  }
  const { client, close } = connect(target, { connectionsMax: 1 });
  const sink = await client`copy bare_applications from stdin`.writable();
  await pipeline(createReadStream(path), sink);
  await close();
}

async function empty({ client }: TestDatabase, table: string): Promise<void> {
  await client.unsafe(`truncate ${table} cascade`);
}

async function expectRows({ client }: TestDatabase, table: string, count: number): Promise<void> {
  const [row] = await client.unsafe<{ count: number }[]>(`select count(*)::int as count from ${table}`);
  if (row?.count !== count) throw new Error(`${row?.count} rows in ${table}, not ${count}`);
}

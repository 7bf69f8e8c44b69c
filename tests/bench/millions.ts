/** Ten million applications, imported into one part of a partitioned table and served from there. Needs 40 GB of disk. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnCommand } from "../support/command.ts";
import type { TestDatabase } from "../support/database.ts";
import { readPartitionSql } from "../support/partition-sql.ts";
import { makeTemplate } from "./bench-applications.ts";
import { benchSlug, keepAliveRequest } from "./bench-keys.ts";
import { judge, type Measurement, rounded, within } from "./measurement.ts";
import { fillWith, measurePages, openProgram, smallCount, walkToLastPage } from "./paging.ts";
import { forgetPeak, hasProcessFigures, readMemory } from "./process-figures.ts";
import { listPath } from "./ready-texts.ts";
import { mediansOf, ratiosOf } from "./rounds.ts";
import { openStreamReader } from "./stream-reader.ts";

const bySize = {
  name: "page 1 at 10,000,000 rows in a partitioned table",
  against: "page 1 at 10,000 rows",
  target: within(1.5),
};
const byPlace = {
  name: "last page at 10,000,000 rows in a partitioned table",
  against: "page 1 at 10,000 rows",
  target: within(1.5),
};

/** Times of a page of 1,000 small applications, one client, and once each: the import, every page in turn, the stream. */
export const millions: Measurement = {
  comparisons: [bySize, byPlace],
  isByHand: true,
  async measure(scale) {
    const count = scale.quick ? 100_000 : 10_000_000;
    const figures: Record<string, number | string> = { rows: count };
    const timed = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
      const started = performance.now();
      const result = await run();
      figures[`${what}, s`] = rounded((performance.now() - started) / 1000);
      console.log(`${what}: ${figures[`${what}, s`]} s`);
      return result;
    };
    const small = await openProgram(fillWith(smallCount));
    const large = await openProgram(async (database) => {
      await partition(database);
      const folder = await mkdtemp(join(tmpdir(), "civikey-bench-"));
      const path = join(folder, "applications.ndjson");
      figures["NDJSON file, MiB"] = await writeRecords(path, count);
      await timed("import", () => importFile(database, path, count));
      await rm(folder, { recursive: true });
      await timed("vacuum analyze", () => database.client.unsafe("vacuum analyze applications_1"));
    });
    Object.assign(figures, await readSizes(large.database));
    const lastPath = await timed("every page, one after the other", () => walkToLastPage(large, count));
    const rounds = await measurePages(scale, { small, large, lastPath });

    const { pid, port } = large.server;
    if (hasProcessFigures) forgetPeak(pid);
    figures["server before the stream, MiB"] = hasProcessFigures ? Math.round(readMemory(pid).nowMib) : "unknown";
    const reader = openStreamReader();
    const request = keepAliveRequest(listPath, large.token, ["Accept: application/x-ndjson"]);
    const { bytes } = await timed("stream", () => reader.run({ port, request }));
    figures["stream, MiB"] = Math.round(bytes / 2 ** 20);
    figures["server during the stream, at most, MiB"] = hasProcessFigures
      ? Math.round(readMemory(pid).peakMib)
      : "unknown";
    await Promise.all([reader.close(), small.close(), large.close()]);

    Object.assign(figures, mediansOf(rounds, "ms"));
    const named = <Row extends { name: string }>(row: Row) => ({
      ...row,
      name: row.name.replace("10,000,000", count.toLocaleString("en-US")),
    });
    const ratios = (name: "page 1 of the large one" | "last page of the large one") =>
      ratiosOf(rounds, name, "page 1 of the small one");
    return [
      judge(named(bySize), { rounds: ratios("page 1 of the large one"), figures }),
      judge(named(byPlace), { rounds: ratios("last page of the large one") }),
    ];
  },
};

/** As docs/scaling.md says, by list: the only program, whose id is 1, gets a part of its own. */
async function partition({ client }: TestDatabase): Promise<void> {
  const [begin = "", , byList = "", end = ""] = await readPartitionSql();
  const operator = await client.reserve();
  await operator.unsafe(begin + byList + end);
  operator.release();
}

/** Writes applications 1 to `count` as NDJSON. Returns the file's MiB. */
async function writeRecords(path: string, count: number): Promise<number> {
  const template = JSON.stringify(makeTemplate("small", 0));
  const firstTime = Date.parse("2000-01-01T00:00:00Z");
  const file = Bun.file(path).writer();
  for (let id = 1; id <= count; id += 1) {
    const submitTime = new Date(firstTime + id * 60_000).toISOString();
    const line = template
      .replace('"application_id":0', `"application_id":${id}`)
      .replace('"applicant_id":1000', `"applicant_id":${1000 + id}`)
      .replace('"submit_time":"2025-11-03T10:30:00-08:00"', `"submit_time":"${submitTime}"`)
      .replaceAll(/@\d@/g, () => id.toString(36).padStart(32, "elm "));
    file.write(`${line}\n`);
    if (id % 1000 === 0) await file.flush();
  }
  await file.end();
  return Math.round(Bun.file(path).size / 2 ** 20);
}

async function importFile(database: TestDatabase, path: string, count: number): Promise<void> {
  const outcome = await spawnCommand(database, ["applications", "import", path, "--program", benchSlug, "--json"]);
  if (outcome.exitCode !== 0) throw new Error(outcome.stderr);
  const { inserted } = outcome.json() as { inserted: number };
  if (inserted !== count) throw new Error(`${inserted} were imported, not ${count}`);
}

/** MiB of the part that holds the program, and of each of its indexes. */
async function readSizes({ client }: TestDatabase): Promise<Record<string, number>> {
  const sizes = await client<{ name: string; mib: number }[]>`
    select relname as name, (pg_table_size(oid) / 1048576.0)::float8 as mib from pg_class
    where oid = 'applications_1'::regclass
      or oid in (select indexrelid from pg_index where indrelid = 'applications_1'::regclass)
    order by relkind desc, mib desc`;
  return Object.fromEntries(sizes.map(({ name, mib }) => [`${name}, MiB`, rounded(mib)]));
}

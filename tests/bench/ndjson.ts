/** NDJSON of a whole program, against PostgreSQL's own client copying the same text, and how much memory it takes. */
import { connect, type DatabaseTarget } from "../../src/db/client.ts";
import { openTestDatabase, urlOf } from "../support/database.ts";
import { fillWithApplications, publishBenchProgram } from "./bench-applications.ts";
import { checkAuthRequest, keepAliveRequest, makeBenchKey } from "./bench-keys.ts";
import { type BenchServer, startProductServer } from "./bench-process.ts";
import { openLoadGenerator } from "./load-generator.ts";
import { atLeast, atMost, judge, type Measurement } from "./measurement.ts";
import { forgetPeak, hasProcessFigures, readMemory } from "./process-figures.ts";
import { hasPsql, runPsql } from "./psql.ts";
import { fillReadyTexts, listPath } from "./ready-texts.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";
import { openStreamReader } from "./stream-reader.ts";

const memoryMaxMib = 64;

const speed = {
  name: "NDJSON of 100,000 applications of 2 KB",
  against: hasPsql()
    ? "psql \\copy of the same text to a pipe"
    : "the driver's cursor over the same text (there is no psql here)",
  target: atLeast(0.65),
};
const memory = {
  name: "memory of the server during that stream, above idle",
  against: `${memoryMaxMib} MiB`,
  target: atMost(1),
};

const inThousands = (count: number) => count.toLocaleString("en-US");

/** Streams per second. The memory is the most the process used during each stream, minus what it used before the first. */
export const ndjson: Measurement = {
  comparisons: hasProcessFigures ? [speed, memory] : [speed],
  async measure(scale) {
    const count = scale.quick ? 30_000 : 100_000;
    const database = await openTestDatabase();
    await publishBenchProgram(database, "large");
    await fillWithApplications(database, { size: "large", count });
    const token = await makeBenchKey(database);
    const filler = await startProductServer(urlOf(database.target));
    const { bytes } = await fillReadyTexts(database, { server: filler, token, count });
    await filler.stop();

    const server = await startProductServer(urlOf(database.target));
    const idleMib = await warmUp(server, token);
    const reader = openStreamReader();
    const request = keepAliveRequest(listPath, token, ["Accept: application/x-ndjson"]);
    const peaks: number[] = [];
    const expect = (got: number) => {
      if (got !== bytes) throw new Error(`${got} bytes came, not ${bytes}`);
    };
    const rounds = await measureInTurn(
      { rounds: scale.longRounds },
      {
        async product() {
          if (hasProcessFigures) forgetPeak(server.pid);
          const read = await reader.run({ port: server.port, request });
          expect(read.bytes);
          if (hasProcessFigures) peaks.push(readMemory(server.pid).peakMib);
          return 1 / read.seconds;
        },
        async copy() {
          const started = performance.now();
          expect(await copyReadyTexts(database.target));
          return 1000 / (performance.now() - started);
        },
      },
    );
    await Promise.all([reader.close(), server.stop()]);
    await database.close();
    const named = (name: string) => name.replace("100,000", inThousands(count));
    const figures = {
      "applications, MiB": Math.round(bytes / 1024 / 1024),
      ...mediansOf(rounds, "streams a second"),
    };
    const outcomes = [
      judge({ ...speed, name: named(speed.name) }, { rounds: ratiosOf(rounds, "product", "copy"), figures }),
    ];
    if (!hasProcessFigures) return outcomes;
    const above = peaks.map((peak) => (peak - idleMib) / memoryMaxMib);
    const memoryFigures = {
      "idle, MiB": Math.round(idleMib),
      "most, MiB": Math.round(Math.max(...peaks)),
    };
    return [...outcomes, judge(memory, { rounds: above, figures: memoryFigures, counts: "highest" })];
  },
};

/** A server that has answered calls and pages, but no stream yet, and the MiB it uses at rest. */
async function warmUp(server: BenchServer, token: string): Promise<number> {
  const generator = openLoadGenerator();
  for (const request of [checkAuthRequest(token), keepAliveRequest(`${listPath}?pageSize=100`, token)]) {
    await generator.run({
      port: server.port,
      connections: 4,
      seconds: 1,
      kinds: [{ texts: [request], status: 200 }],
    });
  }
  await generator.close();
  await Bun.sleep(2_000);
  return hasProcessFigures ? readMemory(server.pid).nowMib : 0;
}

/** Bytes received. */
async function copyReadyTexts(target: DatabaseTarget): Promise<number> {
  const select = "select body from ready_texts order by application_id desc";
  if (hasPsql()) return Number(await runPsql(target, `\\copy (${select}) to stdout`, "wc -c"));
  const { client, close } = connect(target, { connectionsMax: 1 });
  let bytes = 0;
  for await (const rows of client.unsafe<{ body: string }[]>(select).cursor(500)) {
    bytes += Buffer.byteLength(`${rows.map(({ body }) => body).join("\n")}\n`);
  }
  await close();
  return bytes;
}

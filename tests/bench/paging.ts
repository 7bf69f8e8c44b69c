/** A page costs the same in a small and in a large program, at its start and at its end. */
import { openTestDatabase, type TestDatabase, urlOf } from "../support/database.ts";
import { fillWithApplications, publishBenchProgram } from "./bench-applications.ts";
import { keepAliveRequest, makeBenchKey } from "./bench-keys.ts";
import { type BenchServer, startProductServer } from "./bench-process.ts";
import { openLoadGenerator } from "./load-generator.ts";
import { createLoadRun } from "./load-run.ts";
import { judge, type Measurement, type Scale, within } from "./measurement.ts";
import { listPath } from "./ready-texts.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

/** The applications of the small program. */
export const smallCount = 10_000;
const pageSize = 1_000;

const bySize = {
  name: "page 1 at 1,000,000 rows",
  against: "page 1 at 10,000 rows",
  target: within(1.3),
};
const byPlace = {
  name: "last page at 1,000,000 rows",
  against: "first page at 1,000,000 rows",
  target: within(1.3),
};

/** Times of a page of 1,000 small applications, one connection; every program has its own database and server. */
export const paging: Measurement = {
  comparisons: [bySize, byPlace],
  async measure(scale) {
    const largeCount = scale.quick ? 200_000 : 1_000_000;
    const small = await openProgram(fillWith(smallCount));
    const large = await openProgram(fillWith(largeCount));
    const lastPath = await walkToLastPage(large, largeCount);
    const rounds = await measurePages(scale, { small, large, lastPath });
    await Promise.all([small.close(), large.close()]);
    const figures = { rows: largeCount, ...mediansOf(rounds, "ms") };
    const named = ({ name, against, target }: typeof bySize) => {
      const rename = (text: string) => text.replace("1,000,000", largeCount.toLocaleString("en-US"));
      return { name: rename(name), against: rename(against), target };
    };
    return [
      judge(named(bySize), {
        rounds: ratiosOf(rounds, "page 1 of the large one", "page 1 of the small one"),
        figures,
      }),
      judge(named(byPlace), {
        rounds: ratiosOf(rounds, "last page of the large one", "page 1 of the large one"),
        figures,
      }),
    ];
  },
};

/** A program in a database of its own, with a server and a key's token. */
export interface Program {
  readonly database: TestDatabase;
  readonly server: BenchServer;
  readonly token: string;
  close(): Promise<void>;
}

/** Fills a program with applications 1 to `count`, made by PostgreSQL. */
export const fillWith = (count: number) => (database: TestDatabase) =>
  fillWithApplications(database, { size: "small", count });

/** Publishes the program, fills it and starts its server. */
export async function openProgram(fill: (database: TestDatabase) => Promise<void>): Promise<Program> {
  const database = await openTestDatabase();
  await publishBenchProgram(database);
  await fill(database);
  const token = await makeBenchKey(database);
  const server = await startProductServer(urlOf(database.target));
  const close = async () => {
    await server.stop();
    await database.close();
  };
  return { database, server, token, close };
}

/** Milliseconds of a page of 1,000 applications, one client. */
export async function measurePages(
  scale: Scale,
  { small, large, lastPath }: { small: Program; large: Program; lastPath: string },
) {
  const generator = openLoadGenerator();
  const page = ({ server, token }: Program, path: string) => {
    const run = createLoadRun(generator, {
      server,
      kinds: [{ texts: [keepAliveRequest(path, token)], status: 200 }],
      seconds: scale.seconds,
      connections: 1,
    });
    return async () => 1000 / (await run.measure());
  };
  const rounds = await measureInTurn(scale, {
    "page 1 of the small one": page(small, listPath),
    "page 1 of the large one": page(large, listPath),
    "last page of the large one": page(large, lastPath),
  });
  await generator.close();
  return rounds;
}

/** What is read of a page of the API. */
interface Page {
  readonly payload: readonly { readonly application_id: number }[];
  readonly nextPageToken: string | null;
}

/** Walks all pages as a client would, and checks that every application came once, in order. Returns the last page's path. */
export async function walkToLastPage({ server, token }: Program, count: number): Promise<string> {
  let expected = count;
  let path = listPath;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      headers: { Authorization: `Basic ${token}` },
    });
    const page: Page = JSON.parse(await response.text());
    const { payload, nextPageToken } = page;
    if (response.status !== 200 || payload.length !== pageSize) throw new Error(`${path}: no page`);
    for (const { application_id: id } of payload) {
      if (id !== expected) throw new Error(`application ${id} came in place of ${expected}`);
      expected -= 1;
    }
    if (nextPageToken === null) break;
    path = `${listPath}?nextPageToken=${nextPageToken}`;
  }
  if (expected !== 0) throw new Error(`${expected} applications did not come`);
  return path;
}

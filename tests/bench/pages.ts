/** One page of 1,000 applications of 2 KB, against the least it could cost. */
import { openTestDatabase, type TestDatabase, urlOf } from "../support/database.ts";
import { fillWithApplications, publishBenchProgram } from "./bench-applications.ts";
import { keepAliveRequest, makeBenchKey } from "./bench-keys.ts";
import { startProductServer } from "./bench-process.ts";
import { openLoadGenerator } from "./load-generator.ts";
import { createLoadRun } from "./load-run.ts";
import { atLeast, judge, type Measurement, type Target } from "./measurement.ts";
import { openReadySelect } from "./ready-select.ts";
import { fillReadyTexts, listPath } from "./ready-texts.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const rowCount = 5_000;

/** The row with a target: four clients. */
export const pages = measurePages(4, atLeast(0.8));
/** The same with more clients than the API has database connections; no target. */
export const pagesForMany = measurePages(16, null);

/** Pages per second: the newest page of a program, without `Accept-Encoding`. */
function measurePages(connections: number, target: Target | null): Measurement {
  const comparison = {
    name: `one page of 1,000 applications of 2 KB, ${connections} connections`,
    against: "select of the ready text by the same driver, joined and thrown away",
    target,
  };
  return {
    comparisons: [comparison],
    async measure(scale) {
      const database = await openTestDatabase();
      await publishBenchProgram(database, "large");
      await fillWithApplications(database, { size: "large", count: rowCount });
      const token = await makeBenchKey(database);
      const url = urlOf(database.target);
      const server = await startProductServer(url);
      await fillReadyTexts(database, { server, token, count: rowCount });
      const text = await readNewestPage(database);
      const generator = openLoadGenerator();
      const select = openReadySelect();
      const { seconds } = scale;
      const product = createLoadRun(generator, {
        ...{ server, seconds, connections },
        kinds: [{ texts: [keepAliveRequest(listPath, token)], status: 200 }],
        check([sample = ""]) {
          if (!sample.includes(`{"payload":[${text}],"nextPageToken":"`)) {
            throw new Error("the page is not what was stored");
          }
        },
      });
      const rounds = await measureInTurn(scale, {
        product: product.measure,
        select: () => select.run({ url, connections, seconds, length: text.length }),
      });
      await Promise.all([generator.close(), select.close(), server.stop()]);
      await database.close();
      const figures = {
        "page, KiB": Math.round(Buffer.byteLength(text) / 1024),
        ...mediansOf(rounds, "pages a second"),
        ...product.describe("product"),
      };
      return [judge(comparison, { rounds: ratiosOf(rounds, "product", "select"), figures })];
    },
  };
}

async function readNewestPage({ client }: TestDatabase): Promise<string> {
  const page = await client<{ body: string }[]>`
    select body from ready_texts order by application_id desc limit 1000`;
  return page.map(({ body }) => body).join(",");
}

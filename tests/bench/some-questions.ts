/** One page of 1,000 applications of 2 KB for a key that sees some questions only, against a key that sees all. */
import { openTestDatabase, urlOf } from "../support/database.ts";
import { fillWithApplications, publishBenchProgram } from "./bench-applications.ts";
import { keepAliveRequest, makeBenchKey } from "./bench-keys.ts";
import { startProductServer } from "./bench-process.ts";
import { openLoadGenerator } from "./load-generator.ts";
import { createLoadRun } from "./load-run.ts";
import { atLeast, judge, type Measurement } from "./measurement.ts";
import { listPath } from "./ready-texts.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const comparison = {
  name: "a page of 1,000 applications of 2 KB for a key that sees some questions only",
  against: "the same page for a key that sees all",
  target: atLeast(0.25),
};
/** Two of ten, and the note: most of an application is still read, kept and sent. */
const hidden = ["bench_question_d", "bench_question_h", "application_note"];

/** Pages per second, four clients. */
export const someQuestions: Measurement = {
  comparisons: [comparison],
  async measure(scale) {
    const database = await openTestDatabase();
    await publishBenchProgram(database, "large");
    await fillWithApplications(database, { size: "large", count: 1_000 });
    const server = await startProductServer(urlOf(database.target));
    const generator = openLoadGenerator();
    const [all, some] = [await makeBenchKey(database), await makeBenchKey(database, { mode: "except", keys: hidden })];
    const whole: Page = await readPage(server.port, all);
    const shown = JSON.stringify(whole, (name, value) => (hidden.includes(name) ? undefined : value));
    const page = (token: string, expected: string) =>
      createLoadRun(generator, {
        ...{ server, seconds: scale.seconds, connections: 4 },
        kinds: [{ texts: [keepAliveRequest(listPath, token)], status: 200 }],
        check([sample = ""]) {
          if (!sample.includes(expected)) throw new Error("the page is not what the key sees");
        },
      });
    const runs = { some: page(some, payloadOf(shown)), all: page(all, payloadOf(JSON.stringify(whole))) };
    const rounds = await measureInTurn(scale, { some: runs.some.measure, all: runs.all.measure });
    await Promise.all([generator.close(), server.stop()]);
    await database.close();
    const figures = {
      ...mediansOf(rounds, "pages a second"),
      ...runs.some.describe("some"),
      ...runs.all.describe("all"),
    };
    return [judge(comparison, { rounds: ratiosOf(rounds, "some", "all"), figures })];
  },
};

interface Page {
  readonly payload: readonly object[];
}

async function readPage(port: number, token: string): Promise<Page> {
  const response = await fetch(`http://127.0.0.1:${port}${listPath}`, { headers: { Authorization: `Basic ${token}` } });
  const page: Page = JSON.parse(await response.text());
  if (response.status !== 200 || page.payload.length !== 1_000) throw new Error("no page of 1,000");
  return page;
}

/** Without the token of the next page, which is the key's own. */
function payloadOf(page: string): string {
  return page.slice(0, page.lastIndexOf("]") + 1);
}

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { DocsSource } from "../../src/domain/openapi/program-docs.ts";
import { createProgramDocs } from "../../src/http/docs/program-docs.ts";
import { createLog } from "../../src/log.ts";
import { scheduleDocs } from "../../src/server/docs.ts";
import { noAssets, startTestApp, type TestApp, zone } from "../support/app.ts";
import { makeProgram } from "../support/factories.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
});
afterAll(() => app.close());

/** Texts that compress as badly as those of a thousand real questions. */
const questions = Array.from({ length: 1000 }, (_, index) =>
  new Bun.CryptoHasher("sha256")
    .update(String(index))
    .digest("hex")
    .replaceAll(/\d/g, (digit) => "qrstuvwxyz".charAt(Number(digit))),
);

test("the docs of a large program are made after a start and after each publication, before anybody asks", async () => {
  const made: DocsSource[] = [];
  const { db } = app.database;
  const programDocs = createProgramDocs({
    ...{ db, zone, baseUrl: () => "https://one.example.gov" },
    log: createLog({ level: "silent", format: "json", destination: { write() {} } }),
    packAside(source) {
      made.push(source);
      return Promise.resolve(Bun.gzipSync("docs"));
    },
  });
  await makeProgram(app, { id: 1, adminName: "small", questions: ["street"] });
  await makeProgram(app, { id: 2, adminName: "large", questions });
  await makeProgram(app, { id: 3, adminName: "large", questions: ["draft", ...questions], publish: false });
  const { operations } = app.app;
  const failures: unknown[] = [];
  const schedule = scheduleDocs({ db, programDocs, operations, reportFailure: (error) => failures.push(error) });
  await schedule.run();
  expect(made.map(({ version }) => version.version)).toEqual([2, 2, 2]);
  await makeProgram(app, { id: 3, adminName: "large", questions: ["draft", ...questions] });
  await schedule.run();
  await schedule.run();
  expect(made.map(({ version }) => version.version)).toEqual([2, 2, 2, 3, 3, 3]);
  expect(failures).toEqual([]);
  await schedule.close();
});

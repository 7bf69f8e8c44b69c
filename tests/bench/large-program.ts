/** The longest stretch for which a program of 5,000 questions keeps everybody else waiting, in processor time. */

import { connect } from "../../src/db/client.ts";
import { createApiReads } from "../../src/db/reads/call-reads.ts";
import { createCsvWriter } from "../../src/domain/applications/csv.ts";
import { exportAll } from "../../src/domain/applications/pages.ts";
import { createServedWriter } from "../../src/domain/applications/stored/served.ts";
import { getProgramDraft } from "../../src/domain/programs/draft.ts";
import { getProgramBySlug } from "../../src/domain/programs/find.ts";
import { importProgram } from "../../src/domain/programs/import.ts";
import { loadAskedQuestions } from "../../src/domain/programs/questions/asked.ts";
import { openTestDatabase } from "../support/database.ts";
import { grantOn, importedAt, importInto, instanceZone, makeExport, makeRecord, operator } from "../support/imports.ts";
import { atMost, judge, type Measurement } from "./measurement.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const against = "JSON.parse of its export";
const comparisons = [
  { name: "longest stretch of an import of 5,000 questions", against, target: atMost(15) },
  { name: "longest stretch of what publishing it would change", against, target: atMost(15) },
  { name: "longest stretch of its first answers after a start", against, target: atMost(8) },
] as const;

const slug = "large";

/** Processor time of this thread, in milliseconds: other processes don't count. */
function busyMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The longest time between two turns of the event loop. */
async function longestStretch(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = busyMs();
  const look = () => {
    const now = busyMs();
    longest = Math.max(longest, now - last);
    last = now;
  };
  let isOver = false;
  const watch = () => {
    look();
    if (!isOver) setImmediate(watch);
  };
  setImmediate(watch);
  await work();
  isOver = true;
  look();
  return longest;
}

/** An export as CiviForm writes it; `edition` makes it another one, with other ids. */
function writeExport(edition: number): string {
  const letters = (index: number) => index.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz".charAt(Number(digit)));
  const types = ["text", "number", "address", "name", "date"] as const;
  const questions = Array.from({ length: 5_000 }, (_, index) => ({
    name: `question ${letters(index)}`,
    type: types[index % types.length] ?? "text",
    text: index % 10 === 0 ? `What is it, in edition ${edition}?` : "What is it?",
  }));
  return JSON.stringify(makeExport({ id: edition, adminName: slug, questions, idsFrom: edition * 10_000 }), null, 2);
}

/** In a process that has done it before: what is compiled on the way counts for nobody. */
export const largeProgram: Measurement = {
  comparisons,
  async measure(scale) {
    const database = await openTestDatabase();
    const { db } = database;
    const text = writeExport(1);
    let edition = 1;
    const importOne = (text: string, publish: boolean) =>
      importProgram(db, { text, publish, actor: operator, now: importedAt });
    await importOne(text, true);
    await importInto(
      db,
      slug,
      Array.from({ length: 100 }, (_, index) => makeRecord(index + 1, { program_version_id: 1 })),
    );
    const { id: programId } = await getProgramBySlug(db, slug);
    const rounds = await measureInTurn(
      { rounds: scale.longRounds },
      {
        parse: async () => {
          const startedMs = busyMs();
          JSON.parse(text);
          return busyMs() - startedMs;
        },
        import: () => {
          edition += 1;
          const next = writeExport(edition);
          return longestStretch(() => importOne(next, false));
        },
        comparison: async () => {
          if (edition === 1) await importOne(writeExport(2), false);
          return longestStretch(() => getProgramDraft(db, programId));
        },
        answers: async () => {
          // What is kept is kept for each connection.
          const fresh = connect(database.target, { connectionsMax: 4 });
          const longest = await longestStretch(() => answerEverything(fresh.db));
          await fresh.close();
          return longest;
        },
      },
    );
    await database.close();
    return (["import", "comparison", "answers"] as const).map((name, index) =>
      judge(comparisons[index] ?? comparisons[0], {
        rounds: ratiosOf(rounds, name, "parse"),
        figures: mediansOf(
          rounds.map((round) => ({ parse: round.parse, [name]: round[name] })),
          "ms",
        ),
      }),
    );
  },
};

/** What callers of the API get, and what a submission is checked against. */
async function answerEverything(db: ReturnType<typeof connect>["db"]): Promise<void> {
  const program = await grantOn(db, slug);
  await loadAskedQuestions(db, 1);
  const reads = createApiReads({ db, gate: { runningMax: 4, waitingMax: 10, patienceMs: 10_000 } });
  const call = reads.begin({ apiKeyId: 1, signal: new AbortController().signal });
  const filter = { fromTime: null, toTime: null, revisionState: null, modifiedSince: null, last: null };
  const listing = { ...filter, program, pageSize: 1000, isPaged: false };
  for (const writer of [
    createServedWriter(program, "\n"),
    await createCsvWriter(db, { program, zone: instanceZone }),
  ]) {
    const { batches } = await exportAll(call, listing, writer);
    for await (const _ of batches);
  }
}

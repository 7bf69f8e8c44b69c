/** Makes the docs of large programs before anybody asks: after a start, and after they are published. */
import type { Database } from "../db/client.ts";
import { allQuestions } from "../domain/access/questions.ts";
import { findDocumentedVersion, listLargePrograms } from "../domain/openapi/documented-program.ts";
import type { Operation } from "../domain/openapi/operations.ts";
import type { DocsPart, ProgramDocs } from "../domain/openapi/program-docs.ts";
import { DomainError } from "../lib/errors.ts";
import { type Schedule, scheduleRuns } from "./schedule.ts";

const everyMs = 60_000;
/** They are kept in memory beside those of other programs, which are made within milliseconds. */
const programsMax = 20;

/** What readers without a session ask for, as a rule. */
const usualParts: readonly DocsPart[] = [
  "page",
  { format: "openapi-v3", language: "yaml", isForAdmins: false },
  { format: "openapi-v3", language: "json", isForAdmins: false },
];

/** Makes what is missing now and every minute, whoever published it. */
export function scheduleDocs(options: {
  db: Database;
  programDocs: ProgramDocs;
  operations: readonly Operation[];
  reportFailure: (error: unknown) => void;
}): Schedule {
  const { db, programDocs, operations, reportFailure } = options;

  async function makeDocs(slug: string, part: DocsPart): Promise<void> {
    const version = await findDocumentedVersion(db, { slug, stage: "active" });
    if (version) await programDocs.read({ version, part, operations, questions: allQuestions });
  }

  return scheduleRuns(everyMs, async (stopping) => {
    try {
      for (const slug of await listLargePrograms(db, { limit: programsMax })) {
        for (const part of usualParts) {
          if (stopping.aborted) return;
          // Unavailable: they take long. They are there in a minute, or `programDocs` has logged why not.
          await makeDocs(slug, part).catch((error) => {
            if (!(error instanceof DomainError)) throw error;
          });
        }
      }
    } catch (error) {
      if (!stopping.aborted) reportFailure(error);
    }
  });
}

/** Imports the applications of a file that came from a CiviForm API, in one transaction. */
import { setImmediate } from "node:timers/promises";
import type { Database } from "../../../db/client.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { ByteSource, RawRecord } from "../../../lib/json/records/raw.ts";
import { recordBytesMax, splitRecords } from "../../../lib/json/records/split.ts";
import { type Actor, recordAuditEvent } from "../../access/audit/record.ts";
import { externalType } from "../../programs/civiform-export.ts";
import { getProgramBySlug, type Program } from "../../programs/find.ts";
import { loadProgramQuestions, type ProgramQuestions } from "../../programs/questions/of-version.ts";
import { holdHeadContext } from "../stored/store-heads.ts";
import { type ApplicationRecord, readApplicationRecord } from "./records.ts";
import { type ApplicationWriter, createApplicationWriter } from "./write.ts";

/** The result of an import; `applications import --json` prints it. `read` is the sum of the others. */
export interface ApplicationImport {
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  /** What was there already, and what a later record of the file replaced. */
  readonly unchanged: number;
  readonly rejected: number;
  /** What was erased here before, and is left out. */
  readonly erased: number;
}

/** A record that was left out. */
export interface RejectedRecord {
  /** Which record, and what is wrong with it, in one sentence. */
  readonly message: string;
  /** The record as it came, until `onReject` is done; null when it was too long to be kept. */
  readonly bytes: Uint8Array | null;
}

/** What to import. */
export interface ApplicationImportInput {
  readonly slug: string;
  readonly source: ByteSource;
  /** What the source is called in the audit trail. */
  readonly name: string;
  /** Leaves bad records out and imports the rest, instead of stopping at the first. */
  readonly skipInvalid: boolean;
  readonly onReject?: (record: RejectedRecord) => void | Promise<void>;
  /** Called now and then with the number of records read so far. */
  readonly onProgress?: (read: number) => void;
  /** How many characters of rows are sent at once; a number that suits by default. */
  readonly batchLength?: number;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Imports a file of any size. Throws `not_found` for an unknown program, `invalid` for an external
 * one, for a bad record (its number from 1, its line, its field) and for a file that is no list; then
 * nothing is kept.
 */
export async function importApplications(db: Database, input: ApplicationImportInput): Promise<ApplicationImport> {
  return db.transaction(async (tx) => {
    const program = await getImportingProgram(tx, input.slug);
    const result = await mergeApplications(tx, { ...input, programId: program.id });
    if (result.inserted + result.updated > 0) {
      const details = { source: input.name, ...result };
      await recordAuditEvent(tx, input, "applications.imported", details, { programId: program.id });
    }
    return result;
  });
}

/** The program to import applications into. Throws `not_found`, and `invalid` for an external one. */
export async function getImportingProgram(db: Database, slug: string): Promise<Program> {
  const program = await getProgramBySlug(db, slug);
  if (program.programType === externalType) {
    throw new DomainError("invalid", `${slug} is external: it has no applications.`);
  }
  return program;
}

/** What to merge into a program, in a transaction of the caller's. */
interface ApplicationMerge
  extends Pick<ApplicationImportInput, "source" | "skipInvalid" | "onReject" | "onProgress" | "batchLength"> {
  readonly programId: number;
  /** Called with every good record. What it throws stops the merge. */
  readonly onRecord?: (record: ApplicationRecord) => void;
}

/**
 * Reads records to the end of the source and merges them into the program, once in a transaction.
 * Throws as `importApplications` does; then the transaction must not be committed.
 */
export async function mergeApplications(tx: Database, input: ApplicationMerge): Promise<ApplicationImport> {
  const { programId, batchLength } = input;
  const questions = await loadProgramQuestions(tx, programId);
  const context = await holdHeadContext(tx, programId);
  const writer = await createApplicationWriter(tx, { programId, context, batchLength });
  const { read, rejected } = await readFile(input, { questions, writer });
  const merged = await writer.finish();
  const { inserted, updated, erased } = merged;
  const unchanged = read - rejected - inserted - updated - erased;
  return { read, inserted, updated, unchanged, rejected, erased };
}

/**
 * After this many records, other work gets a turn: the socket, which sends PostgreSQL a part of a batch at a time, and
 * the calls of a server that syncs.
 */
const recordsPerTurn = 32;

/** Reads the file to its end, and hands its good records over. */
async function readFile(
  input: ApplicationMerge,
  { questions, writer }: { questions: ProgramQuestions; writer: ApplicationWriter },
) {
  let read = 0;
  let rejected = 0;
  try {
    for await (const raws of splitRecords(input.source)) {
      for (const raw of raws) {
        read++;
        if (read % recordsPerTurn === 0) await setImmediate();
        const record = readRecord(raw, questions);
        if (record instanceof DomainError) {
          if (!input.skipInvalid) throw record;
          rejected++;
          await input.onReject?.({ message: record.message, bytes: raw.bytes });
          continue;
        }
        input.onRecord?.(record);
        await writer.add(record, raw.number);
      }
      input.onProgress?.(read);
    }
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  return { read, rejected };
}

/** The record, or the error that says what is wrong with it. */
function readRecord(raw: RawRecord, questions: ProgramQuestions): ApplicationRecord | DomainError {
  try {
    return readApplicationRecord(decode(raw.bytes), questions);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const line = raw.line === null ? "" : ` (line ${raw.line})`;
    return new DomainError("invalid", `Record ${raw.number}${line}: ${error.message}`);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array | null): string {
  if (bytes === null) {
    const max = `${recordBytesMax / 1024 / 1024} MiB`;
    throw new DomainError("invalid", `a record may have ${max} at most.`);
  }
  try {
    return utf8.decode(bytes);
  } catch {
    throw new DomainError("invalid", "the text is not UTF-8.");
  }
}

/** CiviForm documents made to order, and their way into a database. */

import type { Database } from "../../src/db/client.ts";
import { openProgramForReader, type WholeProgram } from "../../src/domain/access/grants.ts";
import { permitAll } from "../../src/domain/access/people/roles.ts";
import {
  type ApplicationImport,
  type ApplicationImportInput,
  importApplications,
} from "../../src/domain/applications/imports/import.ts";
import { findProgramBySlug } from "../../src/domain/programs/find.ts";
import { type ImportedProgram, importProgram } from "../../src/domain/programs/import.ts";

export const operator = permitAll("operator (CLI)");
export const importedAt = new Date("2026-01-15T20:00:00Z");
export const instanceZone = "America/Los_Angeles";

/** One question of a made-up program. */
export interface QuestionSpec {
  readonly name: string;
  /** `questions[].type`; text when left out. */
  readonly type?: string;
  readonly text?: string;
  /** Name of the enumerator that it is repeated under. */
  readonly under?: string;
  readonly optionType?: string;
  readonly options?: readonly string[];
}

export interface ExportSpec {
  readonly id?: number;
  readonly adminName?: string;
  readonly name?: string;
  readonly programType?: string;
  readonly questions?: readonly QuestionSpec[];
  /** Question ids start after it: exports of one program differ in them. */
  readonly idsFrom?: number;
}

const localized = (text: string) => ({ translations: { en_US: text }, isRequired: true });

/** An export with one question a block; a test may spoil it before it is written as text. */
export function makeExport(spec: ExportSpec = {}) {
  const { idsFrom = 0, questions = [{ name: "first question" }], adminName = "made-up" } = spec;
  const idOf = (name: string) => idsFrom + 1 + questions.findIndex((each) => each.name === name);
  return {
    program: {
      id: spec.id ?? 1,
      adminName,
      localizedName: localized(spec.name ?? adminName),
      programType: spec.programType ?? "DEFAULT",
      blockDefinitions: questions.map((_, index) => ({
        id: index + 1,
        name: `Screen ${index + 1}`,
        questionDefinitions: [{ id: idsFrom + 1 + index }],
      })),
    },
    questions: questions.map(({ name, type = "text", text, under, optionType, options }, index) => ({
      type,
      config: {
        id: idsFrom + 1 + index,
        name,
        questionText: localized(text ?? `${name}?`),
        ...(under === undefined ? {} : { enumeratorId: idOf(under) }),
      },
      ...(type === "multioption"
        ? {
            multiOptionQuestionType: optionType ?? "CHECKBOX",
            questionOptions: (options ?? []).map((option, id) => ({
              id,
              adminName: option,
              localizedOptionText: localized(option),
            })),
          }
        : {}),
    })),
  };
}

/** Imports a made-up program and publishes it. */
export function publishExport(db: Database, spec: ExportSpec = {}): Promise<ImportedProgram> {
  const text = JSON.stringify(makeExport(spec));
  return importProgram(db, { text, publish: true, actor: operator, now: importedAt });
}

let lastId = 0;

/** The name of a program that no other test has, and an ID for a version: the next 99 IDs are free too. */
export function freshSpec(): { id: number; adminName: string } {
  lastId += 100;
  return { id: lastId, adminName: `program-${lastId}` };
}

/** Publishes such a program; its slug. */
export async function freshProgram(db: Database, programType = "DEFAULT"): Promise<string> {
  return (await publishExport(db, { ...freshSpec(), programType })).slug;
}

/** A record that is right in every field. */
export function makeRecord(id: number, more: Record<string, unknown> = {}) {
  return {
    applicant_id: 1000 + id,
    application_id: id,
    create_time: "2025-11-03T10:00:00-08:00",
    submit_time: "2025-11-03T10:30:00-08:00",
    revision_state: "CURRENT",
    application: {},
    ...more,
  };
}

/** A text as bytes, in pieces of this many. */
export async function* bytesOf(text: string | Uint8Array, pieceLength = 64 * 1024): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += pieceLength) {
    yield bytes.subarray(at, at + pieceLength);
  }
}

/** Imports a text, or records as NDJSON. */
export function importInto(
  db: Database,
  slug: string,
  input: string | Uint8Array | readonly unknown[],
  more: Partial<ApplicationImportInput> = {},
): Promise<ApplicationImport> {
  const text =
    typeof input === "string" || input instanceof Uint8Array
      ? input
      : input.map((record) => `${JSON.stringify(record)}\n`).join("");
  return importApplications(db, {
    slug,
    source: bytesOf(text),
    name: "test",
    skipInvalid: false,
    actor: operator,
    now: importedAt,
    ...more,
  });
}

/** The proof that somebody may read this program, and all of it. */
export async function grantOn(db: Database, slug: string): Promise<WholeProgram<"READ">> {
  const program = await findProgramBySlug(db, slug);
  if (program === undefined) throw new Error(`no program ${slug}`);
  return openProgramForReader(operator, program);
}

/** One application record of an import: its JSON text read, checked and made ready to be stored. */
import { DomainError } from "../../../lib/errors.ts";
import { readJsonInteger } from "../../../lib/json/numbers.ts";
import { JsonTextError } from "../../../lib/json/problem.ts";
import { isStorableText } from "../../../lib/json/storable.ts";
import { isJsonObject, type JsonObject, memberOf, numberText, parseJson, writeJson } from "../../../lib/json/text.ts";
import { isStorableTime } from "../../../lib/time/stored.ts";
import { parseTimestamp } from "../../../lib/time/times.ts";
import type { ProgramQuestions } from "../../programs/questions/of-version.ts";
import { normaliseAnswers } from "../stored/answers.ts";
import { type ApplicationFacts, escapeLineSeparators, metadataFields } from "../stored/head.ts";
import { type ApplicationOutline, listQuestionKeys } from "../stored/outlines.ts";

/** A valid application. */
export interface ApplicationRecord {
  readonly facts: ApplicationFacts;
  /** The `application` object as JSON text, as it is stored. */
  readonly answers: string;
  readonly outline: ApplicationOutline;
}

const knownFields: ReadonlySet<string> = new Set([...metadataFields, "application"]);

/**
 * Reads one record of a program. An application of a published version gets its entities completed.
 * Throws `invalid` with a sentence that names the field.
 */
export function readApplicationRecord(text: string, program: ProgramQuestions): ApplicationRecord {
  const fields = readObject(text);
  requireProgram(fields, program.adminName);
  const programVersionId = readInteger(fields, "program_version_id");
  const version = program.versions.find(({ id }) => id === programVersionId);
  const isPublished = version?.isPublished === true;
  const answers = memberOf(fields, "application");
  if (!isJsonObject(answers)) throw invalid("application must be an object");
  normaliseAnswers(answers, isPublished ? version.expected : undefined);
  return {
    facts: {
      application_id: require(readInteger(fields, "application_id"), "application_id must be an integer"),
      applicant_id: require(readInteger(fields, "applicant_id"), "applicant_id must be an integer"),
      program_version_id: programVersionId,
      create_time: require(readTime(fields, "create_time"), noTime("create_time")),
      submit_time: require(readTime(fields, "submit_time"), noTime("submit_time")),
      language: readString(fields, "language"),
      revision_state: readRevisionState(fields),
      status: readString(fields, "status"),
      status_last_modified_time: readTime(fields, "status_last_modified_time"),
      application_note: readString(fields, "application_note"),
      submitter_type: readString(fields, "submitter_type"),
      ti_email: readString(fields, "ti_email"),
      ti_organization: readString(fields, "ti_organization"),
      extra_fields: writeExtraFields(fields),
    },
    answers: writeAnswers(answers),
    outline: {
      programVersionId,
      completedBy: isPublished ? "version" : "import",
      questionKeys: listQuestionKeys(answers),
    },
  };
}

/** Answers as they are stored. */
export function writeAnswers(answers: JsonObject): string {
  return escapeLineSeparators(writeJson(answers));
}

function readObject(text: string): JsonObject {
  try {
    const value = parseJson(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw invalid(`JSON is incorrectly formatted: ${error.message} (character ${error.offset + 1})`);
  }
  throw invalid("a record must be an object");
}

function requireProgram(fields: JsonObject, adminName: string): void {
  const name = readString(fields, "program_name");
  if (name === null || name === adminName) return;
  throw invalid(`program_name is "${name}", but this program is "${adminName}"`);
}

function require(value: string | null, problem: string): string {
  if (value === null) throw invalid(problem);
  return value;
}

function noTime(name: string): string {
  return `${name} must be a time with an offset`;
}

/** Null where there is none. */
function readInteger(fields: JsonObject, name: string): string | null {
  const value = memberOf(fields, name);
  if (value === undefined || value === null) return null;
  const text = numberText(value);
  if (text === undefined || !/^(?:0|-?[1-9]\d*)$/.test(text)) {
    throw invalid(`${name} must be an integer`);
  }
  // Fifteen digits always fit; longer ones are measured.
  if (text.length > 15 && readJsonInteger(text) === undefined) {
    throw invalid(`${name} must be an integer of 64 bits`);
  }
  return text;
}

/** Null where there is none or an empty one. */
function readString(fields: JsonObject, name: string): string | null {
  const text = memberOf(fields, name);
  if (text === undefined || text === null) return null;
  if (typeof text !== "string") throw invalid(`${name} must be a string or null`);
  if (!isStorableText(text)) {
    throw invalid(`${name} has a NUL character or half of a surrogate pair`);
  }
  return text || null;
}

/** Epoch microseconds, as text. */
function readTime(fields: JsonObject, name: string): string | null {
  const text = readString(fields, name);
  if (text === null) return null;
  const instant = parseTimestamp(text);
  if (instant === undefined || !isStorableTime(instant)) throw invalid(noTime(name));
  return instant.toString();
}

function readRevisionState(fields: JsonObject): "CURRENT" | "OBSOLETE" {
  const state = readString(fields, "revision_state");
  if (state === "CURRENT" || state === "OBSOLETE") return state;
  throw invalid("revision_state must be CURRENT or OBSOLETE");
}

function writeExtraFields(fields: JsonObject): string | null {
  const extra = Object.entries(fields).filter(([name]) => !knownFields.has(name));
  return extra.length === 0 ? null : writeJson(Object.fromEntries(extra));
}

function invalid(problem: string): DomainError {
  return new DomainError("invalid", `${problem}.`);
}

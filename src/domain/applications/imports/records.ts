/** One application record of an import: its JSON text read, checked and made ready to be stored (spec 5). */

import { DomainError } from "../../../lib/errors.ts";
import { JsonObject, type JsonText } from "../../../lib/json/object.ts";
import { isStorableText } from "../../../lib/json/storable.ts";
import {
  JsonTextError,
  parseJsonText,
  readJsonString,
  writeJsonText,
} from "../../../lib/json/text.ts";
import { isStorableTime, writeStoredTime } from "../../../lib/time/stored.ts";
import { parseTimestamp } from "../../../lib/time/times.ts";
import type { ProgramQuestions } from "../../programs/questions/of-version.ts";
import type { ExpectedQuestions } from "../../programs/questions/tree.ts";
import { normaliseAnswers } from "../stored/answers.ts";
import { metadataFields } from "../stored/rendering.ts";
import type { ApplicationShape } from "../stored/shapes.ts";
import { readPlainRecord } from "./plain-records.ts";

/** An application as PostgreSQL takes it: integers and times as text, exact. */
export interface ApplicationRecord {
  readonly applicationId: string;
  readonly applicantId: string;
  readonly programVersionId: string | null;
  readonly createTime: string;
  readonly submitTime: string;
  readonly language: string | null;
  readonly revisionState: "CURRENT" | "OBSOLETE";
  readonly status: string | null;
  readonly statusLastModifiedTime: string | null;
  readonly applicationNote: string | null;
  readonly submitterType: string | null;
  readonly tiEmail: string | null;
  readonly tiOrganization: string | null;
  /** The members that CiviKey does not know, as a JSON object text; null without any. */
  readonly extraFields: string | null;
  readonly answers: string;
  readonly shape: ApplicationShape;
}

const knownFields: ReadonlySet<string> = new Set([...metadataFields, "application"]);

const bigintMin = -(2n ** 63n);
const bigintMax = 2n ** 63n - 1n;

/**
 * Reads one record of a program. An application of a published version gets its entities completed.
 * Throws `invalid` with a sentence that names the field.
 */
export function readApplicationRecord(text: string, program: ProgramQuestions): ApplicationRecord {
  const plain = readPlainRecord(text);
  const fields = plain?.fields ?? readObject(text);
  requireProgram(fields, program.adminName);
  const programVersionId = readInteger(fields, "program_version_id");
  const version = program.versions.find(({ id }) => id === programVersionId);
  const expected = version?.isPublished ? version.expected : undefined;
  const answers = plain?.answers ?? readAnswers(fields, expected);
  return {
    applicationId: readRequired(fields, "application_id", readInteger, "an integer"),
    applicantId: readRequired(fields, "applicant_id", readInteger, "an integer"),
    programVersionId,
    createTime: readRequired(fields, "create_time", readTime, "a time with an offset"),
    submitTime: readRequired(fields, "submit_time", readTime, "a time with an offset"),
    language: readString(fields, "language"),
    revisionState: readRevisionState(fields),
    status: readString(fields, "status"),
    statusLastModifiedTime: readTime(fields, "status_last_modified_time"),
    applicationNote: readString(fields, "application_note"),
    submitterType: readString(fields, "submitter_type"),
    tiEmail: readString(fields, "ti_email"),
    tiOrganization: readString(fields, "ti_organization"),
    extraFields: writeExtraFields(fields),
    answers: answers.text,
    shape: {
      programVersionId,
      completedBy: version?.isPublished ? "version" : "import",
      questionKeys: answers.names,
    },
  };
}

function readObject(text: string): JsonObject {
  let value: JsonText;
  try {
    value = parseJsonText(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw invalid(
      `JSON is incorrectly formatted: ${error.message} (character ${error.offset + 1})`,
    );
  }
  if (value instanceof JsonObject) return value;
  throw invalid("a record must be an object");
}

function requireProgram(fields: JsonObject, adminName: string): void {
  const name = readString(fields, "program_name");
  if (name === null || name === adminName) return;
  throw invalid(`program_name is "${name}", but this program is "${adminName}"`);
}

function readAnswers(fields: JsonObject, expected: ExpectedQuestions | undefined) {
  const answers = fields.get("application");
  if (!(answers instanceof JsonObject)) throw invalid("application must be an object");
  const changed = normaliseAnswers(answers, expected);
  const text = (changed ? undefined : answers.sourceText) ?? writeJsonText(answers);
  return { names: answers.names, text };
}

function readRequired(
  fields: JsonObject,
  name: string,
  read: (fields: JsonObject, name: string) => string | null,
  what: string,
): string {
  const value = read(fields, name);
  if (value === null) throw invalid(`${name} must be ${what}`);
  return value;
}

/** Null where there is none. */
function readInteger(fields: JsonObject, name: string): string | null {
  const value = fields.get(name);
  if (value === undefined || value === "null") return null;
  if (typeof value !== "string" || !/^(?:0|-?[1-9]\d*)$/.test(value)) {
    throw invalid(`${name} must be an integer`);
  }
  // Fifteen digits always fit; longer ones are measured.
  if (value.length > 15 && (BigInt(value) < bigintMin || BigInt(value) > bigintMax)) {
    throw invalid(`${name} must be an integer of 64 bits`);
  }
  return value;
}

/** Null where there is none or an empty one (spec 4: empty strings are null). */
function readString(fields: JsonObject, name: string): string | null {
  const value = fields.get(name);
  if (value === undefined || value === "null") return null;
  const text = readJsonString(value);
  if (text === undefined) throw invalid(`${name} must be a string or null`);
  if (!isStorableText(text)) {
    throw invalid(`${name} has a NUL character or half of a surrogate pair`);
  }
  return text || null;
}

function readTime(fields: JsonObject, name: string): string | null {
  const text = readString(fields, name);
  if (text === null) return null;
  const instant = parseTimestamp(text);
  if (instant === undefined || !isStorableTime(instant)) {
    throw invalid(`${name} must be a time with an offset`);
  }
  return writeStoredTime(instant);
}

function readRevisionState(fields: JsonObject): "CURRENT" | "OBSOLETE" {
  const state = readString(fields, "revision_state");
  if (state === "CURRENT" || state === "OBSOLETE") return state;
  throw invalid("revision_state must be CURRENT or OBSOLETE");
}

function writeExtraFields(fields: JsonObject): string | null {
  const extra = new JsonObject();
  for (const [index, value] of fields.values.entries()) {
    const name = fields.names[index] ?? "";
    if (!knownFields.has(name)) extra.add(name, value);
  }
  return extra.names.length === 0 ? null : writeJsonText(extra);
}

function invalid(problem: string): DomainError {
  return new DomainError("invalid", `${problem}.`);
}

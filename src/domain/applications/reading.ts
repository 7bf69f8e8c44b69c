/** Reads an application, as the API serves it, for people: everything but its answers, which `answer-reading` reads. */
import { JsonObject, type JsonText } from "../../lib/json/object.ts";
import { parseJsonText, readJsonString, writeJsonText } from "../../lib/json/text.ts";
import { readInstant } from "../../lib/time/times.ts";

/** What a list shows of an application. Ids are texts: a number would lose digits. */
export interface ApplicationSummary {
  readonly applicationId: string;
  readonly applicantId: string;
  readonly submittedAt: Date;
  readonly revisionState: string;
  readonly status: string | null;
}

/** Everything about an application but its answers. */
export interface ApplicationFacts extends ApplicationSummary {
  readonly createdAt: Date;
  readonly versionId: string | null;
  readonly language: string | null;
  readonly statusChangedAt: Date | null;
  readonly note: string | null;
  readonly submitterType: string | null;
  readonly tiEmail: string | null;
  readonly tiOrganization: string | null;
  /** Fields that CiviKey does not know, as JSON. */
  readonly others: readonly { readonly name: string; readonly json: string }[];
}

const knownFields: ReadonlySet<string> = new Set([
  ...["applicant_id", "application_id", "create_time", "language", "program_name"],
  ...["program_version_id", "revision_state", "status", "status_last_modified_time"],
  ...["application_note", "submit_time", "submitter_type", "ti_email", "ti_organization"],
  "application",
]);

/** What a list shows of an application's JSON text. */
export function readApplicationSummary(json: string): ApplicationSummary {
  return summarize(parseRecord(json));
}

/** Everything but the answers of an application's JSON text. */
export function readApplicationFacts(json: string): ApplicationFacts {
  const record = parseRecord(json);
  return {
    ...summarize(record),
    createdAt: readInstant(textOf(record, "create_time") ?? ""),
    versionId: scalarOf(record, "program_version_id"),
    language: textOf(record, "language"),
    statusChangedAt: timeOf(record, "status_last_modified_time"),
    note: textOf(record, "application_note"),
    submitterType: textOf(record, "submitter_type"),
    tiEmail: textOf(record, "ti_email"),
    tiOrganization: textOf(record, "ti_organization"),
    others: membersOf(record)
      .filter(([name]) => !knownFields.has(name))
      .map(([name, value]) => ({ name, json: writeJsonText(value) })),
  };
}

/** The members of an application's JSON text. */
export function parseRecord(json: string): JsonObject {
  const record = parseJsonText(json);
  if (!(record instanceof JsonObject)) throw new Error("an application that is no object");
  return record;
}

function summarize(record: JsonObject): ApplicationSummary {
  return {
    applicationId: scalarOf(record, "application_id") ?? "",
    applicantId: scalarOf(record, "applicant_id") ?? "",
    submittedAt: readInstant(textOf(record, "submit_time") ?? ""),
    revisionState: textOf(record, "revision_state") ?? "",
    status: textOf(record, "status"),
  };
}

/** The members of an object, names as they are meant. */
export function membersOf(object: JsonObject): [name: string, value: JsonText][] {
  return object.names.map((name, index) => [
    JSON.parse(`"${name}"`),
    object.values[index] ?? "null",
  ]);
}

/** A text that is not empty, or null. */
export function textOf(object: JsonObject, name: string): string | null {
  return readJsonString(object.get(name)) || null;
}

function scalarOf(object: JsonObject, name: string): string | null {
  const value = object.get(name);
  return typeof value === "string" && value !== "null" ? value : null;
}

function timeOf(object: JsonObject, name: string): Date | null {
  const text = textOf(object, name);
  return text === null ? null : readInstant(text);
}

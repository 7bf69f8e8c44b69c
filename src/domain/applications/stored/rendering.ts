/** Writes applications as the API serves them: JSON texts, put together from bytes (spec 4). */

import { type ByteWriter, utf8 } from "../../../lib/json/byte-writer.ts";
import { closingBrace, comma, quote } from "../../../lib/json/marks.ts";
import { type BoundedMap, createBoundedMap } from "../../../lib/limits/bounded-map.ts";
import { writeInstantIn } from "../../../lib/time/instants.ts";
import { type Completion, writeAnswers } from "./completion.ts";
import {
  type ApplicationRow,
  answersOf,
  createFactStarts,
  findFacts,
  ownFact,
  ownFactCount,
  readSharedFacts,
  readTime,
  type SharedFacts,
} from "./rows.ts";

/** What the API tells of an application beside its answers, in the order of the wire (spec 4). */
export const metadataFields = [
  "applicant_id",
  "application_id",
  "create_time",
  "language",
  "program_name",
  "program_version_id",
  "revision_state",
  "status",
  "status_last_modified_time",
  "application_note",
  "submit_time",
  "submitter_type",
  "ti_email",
  "ti_organization",
] as const;

const applicantIdName = utf8('{"applicant_id":');
const applicationIdName = utf8(',"application_id":');
const createTimeName = utf8(',"create_time":');
const noteName = utf8(',"application_note":');
const submitTimeName = utf8(',"submit_time":');
const answersName = utf8(',"application":');
const nothing = utf8("null");

/** Writes one application, its answers made complete. */
export type WriteApplication = (
  out: ByteWriter,
  row: ApplicationRow,
  completion: Completion | undefined,
) => void;

/** The members that follow the time of creation, up to the time of the status; and those after the time of submission. */
interface SharedMembers {
  readonly beforeStatusTime: Uint8Array;
  readonly afterSubmitTime: Uint8Array;
}

const sharedKeptMax = 1000;

/** Makes the writer of a program's applications, with times in a zone. */
export function writeApplicationsOf(program: {
  adminName: string;
  zone: string;
}): WriteApplication {
  const writeInstant = writeInstantIn(program.zone);
  const starts = createFactStarts();
  const findShared = createSharedFinder(program.adminName);

  function writeId(out: ByteWriter, facts: Buffer, fact: number): void {
    out.writePart(facts, starts[fact] as number, (starts[fact + 1] as number) - 1);
  }

  function writeTime(out: ByteWriter, facts: Buffer, fact: number): void {
    const start = starts[fact] as number;
    if (facts[start] === comma) {
      out.writeBytes(nothing);
      return;
    }
    const { seconds, micros } = readTime(facts, start);
    out.writeByte(quote);
    writeInstant(out, seconds, micros);
    out.writeByte(quote);
  }

  return (out, row, completion) => {
    const [facts, note, extraFields] = row;
    findFacts(facts, starts);
    const shared = findShared(facts, starts[ownFactCount] as number);
    out.writeBytes(applicantIdName);
    writeId(out, facts, ownFact.applicantId);
    out.writeBytes(applicationIdName);
    writeId(out, facts, ownFact.applicationId);
    out.writeBytes(createTimeName);
    writeTime(out, facts, ownFact.createTime);
    out.writeBytes(shared.beforeStatusTime);
    writeTime(out, facts, ownFact.statusLastModifiedTime);
    out.writeBytes(noteName);
    if (note === null) out.writeBytes(nothing);
    else out.writeJsonString(note);
    out.writeBytes(submitTimeName);
    writeTime(out, facts, ownFact.submitTime);
    out.writeBytes(shared.afterSubmitTime);
    if (extraFields !== null) {
      out.writeByte(comma);
      out.writePart(extraFields, 1, extraFields.length - 1);
    }
    out.writeBytes(answersName);
    writeAnswers(out, answersOf(row), completion);
    out.writeByte(closingBrace);
  };
}

/** Finds what stands for the shared facts that start at `start` of `facts`: printed once, not once per row. */
function createSharedFinder(programName: string) {
  const membersByFacts: BoundedMap<string, SharedMembers> = createBoundedMap(sharedKeptMax);
  let last: { readonly facts: Uint8Array; readonly members: SharedMembers } | undefined;
  return (facts: Buffer, start: number): SharedMembers => {
    // Most times it is as in the row before, and to see that costs less than to look for it.
    if (last !== undefined && endsWith(facts, start, last.facts)) return last.members;
    const text = facts.toString("latin1", start);
    let members = membersByFacts.get(text);
    if (members === undefined) {
      members = printShared(readSharedFacts(facts, start), programName);
      membersByFacts.set(text, members);
    }
    last = { facts: Uint8Array.from(facts.subarray(start)), members };
    return members;
  };
}

function endsWith(bytes: Uint8Array, start: number, end: Uint8Array): boolean {
  const { length } = end;
  if (bytes.length - start !== length) return false;
  for (let at = 0; at < length; at += 1) {
    if (bytes[start + at] !== end[at]) return false;
  }
  return true;
}

function printShared(facts: SharedFacts, programName: string): SharedMembers {
  const json = JSON.stringify;
  return {
    beforeStatusTime: utf8(
      `,"language":${json(facts.language)},"program_name":${json(programName)}` +
        `,"program_version_id":${facts.programVersionId},"revision_state":${json(facts.revisionState)}` +
        `,"status":${json(facts.status)},"status_last_modified_time":`,
    ),
    afterSubmitTime: utf8(
      `,"submitter_type":${json(facts.submitterType)},"ti_email":${json(facts.tiEmail)}` +
        `,"ti_organization":${json(facts.tiOrganization)}`,
    ),
  };
}

/** Reads CiviForm's program export, or says why it is refused. */
import { DomainError } from "../../lib/errors.ts";
import { JsonTextError, locate } from "../../lib/json/problem.ts";
import { parseJson } from "../../lib/json/text.ts";
import type { JsonMembers } from "../../lib/json/unknown.ts";
import { slugOf } from "../../lib/slug.ts";
import { readExportedQuestions } from "./questions/exported.ts";
import { readLocalized, requireInteger, requireList, requireObject, requireText } from "./questions/exported-values.ts";
import type { Question } from "./questions/tree.ts";

/** One program as an export describes it. */
export interface ProgramExport {
  /** The id that the version had in CiviForm. */
  readonly programId: number;
  readonly adminName: string;
  readonly slug: string;
  /** The display name; the admin name where there is none. */
  readonly name: string;
  readonly programType: string;
  /** Those that the program asks, in block order, static ones and enumerators included. */
  readonly questions: readonly Question[];
  /** The whole document, as it came. */
  readonly definition: string;
}

/** A program of this type has no applications and no grants. */
export const externalType = "EXTERNAL";

/** How many bytes an export may have. */
export const exportBytesMax = 4 * 1024 * 1024;
const adminNameLengthMax = 500;
/** The largest id that a version may bring; the ids that CiviKey gives are above it. */
export const programIdMax = 2 ** 52;

/** Reads an export. Throws `invalid` with a sentence that says what is wrong and where. */
export function parseProgramExport(text: string): ProgramExport {
  requireSize(Buffer.byteLength(text));
  const definition = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const document = requireObject(readJson(definition), "The export");
  if (document.program === undefined || document.program === null) {
    throw new DomainError("invalid", "The export has no program.");
  }
  const program = requireObject(document.program, "program");
  const described = describeProgram(program);
  return {
    programId: readProgramId(program.id),
    ...described,
    slug: makeSlug(described.adminName),
    questions: readExportedQuestions({
      questions: requireList(document.questions ?? [], "questions"),
      blocks: requireList(program.blockDefinitions ?? [], "program.blockDefinitions"),
    }),
    definition,
  };
}

/** What an imported definition says of its program. Its questions are stored beside it. */
export function describeDefinition(definition: string): Pick<ProgramExport, "adminName" | "name" | "programType"> {
  return describeProgram(requireObject(requireObject(JSON.parse(definition), "The export").program, "program"));
}

function describeProgram(program: JsonMembers) {
  const adminName = requireText(program.adminName, "program.adminName");
  return {
    adminName,
    name: readLocalized(program.localizedName, "program.localizedName").trim() || adminName,
    programType: requireText(program.programType ?? "DEFAULT", "program.programType"),
  };
}

/** The text of an uploaded file. Throws `invalid` when it is too big or not UTF-8. */
export function decodeProgramExport(bytes: Uint8Array): string {
  requireSize(bytes.length);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DomainError("invalid", "JSON is incorrectly formatted: the text is not UTF-8.");
  }
}

function requireSize(byteCount: number): void {
  if (byteCount <= exportBytesMax) return;
  throw new DomainError("invalid", "A program export may have 4 MiB at most.");
}

function readJson(text: string): unknown {
  try {
    parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const { line, column } = locate(text, error.offset);
    const where = `(line ${line}, column ${column})`;
    throw new DomainError("invalid", `JSON is incorrectly formatted: ${error.message} ${where}`);
  }
  return JSON.parse(text);
}

function readProgramId(value: unknown): number {
  const id = requireInteger(value, "program.id");
  if (id < 1 || id > programIdMax) {
    throw new DomainError("invalid", `program.id must be between 1 and ${programIdMax}.`);
  }
  return id;
}

/** The slug of an admin name. Throws `invalid` when the name is too long, or nothing of it is left. */
function makeSlug(adminName: string): string {
  if (adminName.length > adminNameLengthMax) {
    throw new DomainError("invalid", `program.adminName may have ${adminNameLengthMax} characters at most.`);
  }
  const slug = slugOf(adminName);
  if (slug === "") {
    throw new DomainError("invalid", `The admin name "${adminName}" makes no slug.`);
  }
  return slug;
}

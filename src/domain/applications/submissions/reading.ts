/** Reads a new application from the JSON that a caller sent, with everything that is wrong in it. */
import { readJsonInteger } from "../../../lib/json/numbers.ts";
import { createProblemList, type ProblemList } from "../../../lib/json/problem-list.ts";
import { isStorableText } from "../../../lib/json/storable.ts";
import { isJsonObject, type JsonObject, memberOf, numberText, writeJson } from "../../../lib/json/text.ts";
import type { AskedQuestions } from "../../programs/questions/asked.ts";
import { escapeLineSeparators } from "../stored/head.ts";
import { listQuestionKeys } from "../stored/outlines.ts";
import { isEmail } from "./answer-texts.ts";
import { readSubmittedAnswers } from "./answers.ts";

/** A new application that is right. */
export interface Submission {
  /** An integer of 64 bits, as text. */
  readonly applicantId: string;
  readonly language: string;
  readonly submitter: Submitter;
  /** The complete `application` object, as JSON text. */
  readonly answers: string;
  /** The names of its members. */
  readonly questionKeys: readonly string[];
}

/** Who filled the application in. */
interface Submitter {
  readonly type: "APPLICANT" | "TRUSTED_INTERMEDIARY";
  /** Of the intermediary; an applicant has none. */
  readonly tiEmail: string | null;
  readonly tiOrganization: string | null;
}

/** Reads it. Throws `unprocessable` with a pointer to everything that is wrong. */
export function readSubmission(body: JsonObject, asked: AskedQuestions): Submission {
  const problems = createProblemList();
  refuseOthers(body, ["applicant_id", "language", "submitter", "application"], [], problems);
  const applicantId = readApplicantId(body, problems);
  const language = readLanguage(body, problems);
  const submitter = readSubmitter(body, problems);
  const given = memberOf(body, "application");
  if (!isJsonObject(given)) problems.add(["application"], "It must be an object.");
  const answers = readSubmittedAnswers(isJsonObject(given) ? given : {}, asked, {
    path: ["application"],
    problems,
  });
  problems.throwIfAny("application");
  return {
    applicantId,
    language,
    submitter,
    answers: escapeLineSeparators(writeJson(answers)),
    questionKeys: listQuestionKeys(answers),
  };
}

/** Nothing is taken that nobody asked for: a field that is misspelt is not lost without a word. */
function refuseOthers(
  object: JsonObject,
  known: readonly string[],
  path: readonly string[],
  problems: ProblemList,
): void {
  for (const name of Object.keys(object)) {
    if (!known.includes(name)) problems.add([...path, name], "There is no such field.");
  }
}

function readApplicantId(body: JsonObject, problems: ProblemList): string {
  const digits = numberText(memberOf(body, "applicant_id")) ?? "";
  if (readJsonInteger(digits) !== undefined) return digits;
  problems.add(["applicant_id"], "It must be an integer of 64 bits.");
  return "0";
}

function readLanguage(body: JsonObject, problems: ProblemList): string {
  const text = memberOf(body, "language");
  if (typeof text === "string" && isLanguage(text)) return text;
  problems.add(["language"], "It must be a language tag such as en-US (BCP 47).");
  return "";
}

const languageLengthMax = 100;

function isLanguage(text: string): boolean {
  try {
    return text.length <= languageLengthMax && new Intl.Locale(text) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function readSubmitter(body: JsonObject, problems: ProblemList): Submitter {
  const applicant = { type: "APPLICANT", tiEmail: null, tiOrganization: null } as const;
  const given = memberOf(body, "submitter");
  if (given === undefined || given === null) return applicant;
  if (!isJsonObject(given)) {
    problems.add(["submitter"], "It must be an object.");
    return applicant;
  }
  refuseOthers(given, ["type", "ti_email", "ti_organization"], ["submitter"], problems);
  const type = memberOf(given, "type");
  if (type !== "APPLICANT" && type !== "TRUSTED_INTERMEDIARY") {
    problems.add(["submitter", "type"], "It must be APPLICANT or TRUSTED_INTERMEDIARY.");
    return applicant;
  }
  const tiEmail = readOptionalText(given, "ti_email", problems);
  const emailPath = ["submitter", "ti_email"];
  if (tiEmail !== null && !isEmail(tiEmail)) {
    problems.add(emailPath, "It must be an e-mail address.");
  } else if ((type === "TRUSTED_INTERMEDIARY") !== (tiEmail !== null)) {
    problems.add(emailPath, "A trusted intermediary has one, and an applicant has none.");
  }
  return { type, tiEmail, tiOrganization: readOptionalText(given, "ti_organization", problems) };
}

/** Null where there is none, or an empty one as everywhere. */
function readOptionalText(object: JsonObject, name: string, problems: ProblemList): string | null {
  const text = memberOf(object, name);
  if (text === undefined || text === null) return null;
  if (typeof text === "string" && isStorableText(text)) return text || null;
  problems.add(["submitter", name], "It must be a text without NUL and half surrogate pairs.");
  return null;
}

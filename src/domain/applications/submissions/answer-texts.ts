/** What a text in an answer may say: one rule for each field whose texts have a form. */
import { parseDate } from "../../../lib/time/times.ts";
import type { AskedQuestion } from "../../programs/questions/asked.ts";
import type { AnswerType } from "../../programs/questions/types.ts";

/** Gives what is wrong with a text that is not empty, in a sentence, or nothing. */
type TextRule = (text: string, question: AskedQuestion) => string | undefined;

const emailBytesMax = 254;
/** RFC 6531 adds everything beyond ASCII; blanks and what is invisible or unassigned would only deceive. */
const atom = "(?:[\\w!#$%&'*+/=?^`{|}~\\-]|(?!\\p{ASCII})[^\\p{C}\\p{Z}])+";
const label = "[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}\\-]{0,61}[\\p{L}\\p{M}\\p{N}])?";
/** The usual form of RFC 5321, section 4.1.2, and RFC 6531: no quotes, no address literals, a domain with a dot. */
const email = new RegExp(`^${atom}(?:\\.${atom})*@(?:${label}\\.)+${label}$`, "u");
/** ITU-T E.164. Which of them are in use changes every month, and is not for us to know. */
export const phone = /^\+[1-9]\d{6,14}$/;
const poBox = /\bp(?:ost)?\.?\s*o(?:ffice)?\.?\s*b(?:ox|in)\b/i;
const decimal = /^-?(?:\d{1,3}(?:\.\d{1,20})?|\.\d{1,20})$/;

/** Whether a text is an e-mail address, of any script. */
export function isEmail(text: string): boolean {
  return Buffer.byteLength(text) <= emailBytesMax && email.test(text);
}

function mustMatch(pattern: RegExp, problem: string): TextRule {
  return (text) => (pattern.test(text) ? undefined : problem);
}

function coordinate(max: number): TextRule {
  return (text) =>
    decimal.test(text) && Math.abs(Number(text)) <= max
      ? undefined
      : `It must be a decimal number between -${max} and ${max}.`;
}

const place: TextRule = (text, { limits }) =>
  limits.refusesPoBox && poBox.test(text) ? "It must not be a post office box." : undefined;

const option: TextRule = (text, { offered, withdrawn }) => {
  if (offered.has(text)) return undefined;
  return withdrawn.has(text) ? "This option is no longer offered." : "The question has no such option.";
};

const length: TextRule = (text, { limits: { min, max } }) => {
  if (min !== null && text.length < min) return `It must have ${min} characters or more.`;
  if (max !== null && text.length > max) return `It must have ${max} characters or fewer.`;
  return undefined;
};

/** An id. */
export const digits = /^\d+$/;
/** A ZIP code, with its four more digits or without. */
export const zip = /^\d{5}(?:-\d{4})?$/;
const onlyDigits = mustMatch(digits, "It must have digits only.");

const url: TextRule = (text) =>
  /^https?:\/\//i.test(text) && URL.canParse(text) ? undefined : "It must be an http or https URL.";

/** The rules, by type and field. A field that is not here takes any text. */
export const textRules: Readonly<Partial<Record<AnswerType, Readonly<Record<string, TextRule>>>>> = {
  ADDRESS: {
    street: place,
    line2: place,
    zip: mustMatch(zip, "It must be a ZIP code such as 97403 or 97403-1234."),
    corrected: mustMatch(/^(?:Corrected|Failed|AsEnteredByUser)$/, "It must be Corrected, Failed or AsEnteredByUser."),
    latitude: coordinate(90),
    longitude: coordinate(180),
    well_known_id: mustMatch(/^-?\d+$/, "It must be an integer, as a text."),
  },
  DATE: {
    date: (text) => (parseDate(text) ? undefined : "It must be a day of the calendar, as YYYY-MM-DD."),
  },
  EMAIL: {
    email: (text) => (isEmail(text) ? undefined : "It must be an e-mail address."),
  },
  FILE_UPLOAD: { file_urls: url },
  ID: { id: (text, question) => onlyDigits(text, question) ?? length(text, question) },
  MULTI_SELECT: { selections: option },
  PHONE: {
    phone_number: mustMatch(phone, "It must be a phone number in E.164 form, as +12065550100."),
  },
  SINGLE_SELECT: { selection: option },
  TEXT: { text: length },
};

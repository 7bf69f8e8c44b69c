/** Reads the values of an export strictly: a value of the wrong type is refused, with its name. */
import { DomainError } from "../../../lib/errors.ts";
import { isStorableText } from "../../../lib/json/storable.ts";
import { isMembers, type JsonMembers } from "../../../lib/json/unknown.ts";

/** Throws `invalid` unless the value is an object. `what` names it in the message. */
export function requireObject(value: unknown, what: string): JsonMembers {
  if (!isMembers(value)) throw invalid(`${what} must be an object.`);
  return value;
}

/** Throws `invalid` unless the value is a list. */
export function requireList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(`${what} must be a list.`);
  return value;
}

/** Throws `invalid` unless the value is an integer that a number can hold. */
export function requireInteger(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value)) throw invalid(`${what} must be an integer.`);
  return Number(value);
}

/** Throws `invalid` unless the value is a text that PostgreSQL can keep. */
export function requireText(value: unknown, what: string): string {
  if (typeof value !== "string") throw invalid(`${what} must be a text.`);
  if (!isStorableText(value)) {
    throw invalid(`${what} has a NUL character or half of a surrogate pair.`);
  }
  return value;
}

/** The English text of a localized one, else the first that is not blank, else an empty one. */
export function readLocalized(value: unknown, what: string): string {
  if (value === undefined || value === null) return "";
  const translations = requireObject(value, what).translations ?? {};
  const texts = Object.entries(requireObject(translations, `${what}.translations`)).map(
    ([locale, text]) => [locale, requireText(text, `${what}.translations`)] as const,
  );
  const english = texts.filter(([locale]) => /^en([_-]|$)/i.test(locale));
  const american = english.filter(([locale]) => /^en([_-]US)?$/i.test(locale));
  const found = [...american, ...english, ...texts].find(([, text]) => text.trim() !== "");
  return found?.[1] ?? "";
}

function invalid(message: string): DomainError {
  return new DomainError("invalid", message);
}

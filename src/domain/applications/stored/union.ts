/** An application shows every question that any published version of its program ever asked. */
import type { ExpectedQuestions } from "../../programs/questions/tree.ts";
import type { Shown } from "./shown.ts";

/** The questions of all published versions, unanswered, by key. Of one key in several versions the later version counts. */
export type QuestionUnion = ReadonlyMap<string, string>;

/** Unites versions, which are in version order. */
export function uniteQuestions(published: readonly ExpectedQuestions[]): QuestionUnion {
  return new Map(published.flatMap((version) => [...version].map(([key, { unanswered }]) => [key, unanswered])));
}

/**
 * The questions that stored answers lack and that are shown, unanswered, as members of a JSON object without its braces;
 * empty when nothing is missing. The application's own version comes before all: it is the version that the
 * applicant saw.
 */
export function missingAnswers(input: {
  storedKeys: ReadonlySet<string>;
  union: QuestionUnion;
  own: ExpectedQuestions | undefined;
  shown: Shown;
}): string {
  const { storedKeys, union, own = new Map(), shown } = input;
  const members: string[] = [];
  for (const [key, unanswered] of union) {
    if (!storedKeys.has(key) && shown.hasKey(key)) members.push(`"${key}":${own.get(key)?.unanswered ?? unanswered}`);
  }
  for (const [key, { unanswered }] of own) {
    if (!union.has(key) && !storedKeys.has(key) && shown.hasKey(key)) members.push(`"${key}":${unanswered}`);
  }
  return members.join(",");
}

/** An application shows every question that any published version of its program ever asked. */
import type { ExpectedQuestions } from "../../programs/questions/tree.ts";

/**
 * The questions that stored answers lack, unanswered, as members of a JSON object without its braces;
 * empty when nothing is missing. Of one key in several versions the later version counts, and the
 * application's own before all: it is the version that the applicant saw.
 */
export function missingAnswers(input: {
  storedKeys: ReadonlySet<string>;
  /** In version order. */
  published: readonly ExpectedQuestions[];
  own: ExpectedQuestions | undefined;
}): string {
  const unansweredByKey = new Map<string, string>();
  for (const version of [...input.published, input.own ?? new Map()]) {
    for (const [key, { unanswered }] of version) unansweredByKey.set(key, unanswered);
  }
  return [...unansweredByKey]
    .filter(([key]) => !input.storedKeys.has(key))
    .map(([key, unanswered]) => `"${key}":${unanswered}`)
    .join(",");
}

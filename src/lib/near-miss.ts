/** Finds what somebody meant who mistyped a name. */

/** The known name at most two edits away (a letter more, less, other, or two swapped), nearest first; never the name itself. */
export function findNearMiss(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, edits: countEdits(name, candidate) }))
    // In a short name, two letters make another word.
    .filter(({ candidate, edits }) => edits > 0 && edits <= Math.min(2, candidate.length / 3));
  return near.sort((a, b) => a.edits - b.edits)[0]?.candidate;
}

/** The distance of Damerau and Levenshtein, or 3 where it is larger. */
function countEdits(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 3) + 1,
        (row[j - 1] ?? 3) + 1,
        (last[j - 1] ?? 3) + (isSame ? 0 : 1),
        isSwapped ? (before[j - 2] ?? 3) + 1 : 3,
      );
    }
    [before, last] = [last, row];
  }
  return Math.min(last[b.length] ?? 3, 3);
}

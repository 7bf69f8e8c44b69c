/** Measures things in turn, A B B A A B …, so that a busy machine affects all of them equally. */
import { median, rounded, type Scale } from "./measurement.ts";

/** What one round found: a figure for each contender. */
export type Round<Name extends string> = Readonly<Record<Name, number>>;

/**
 * Runs every contender once a round and gives the figures of the rounds that count; the first round is
 * for warming up. Every other round goes backwards: nobody is always the one who comes after another.
 */
export async function measureInTurn<Name extends string>(
  scale: Pick<Scale, "rounds">,
  contenders: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Round<Name>[]> {
  const names = Object.keys(contenders) as Name[];
  const rounds: Round<Name>[] = [];
  for (let round = 0; round <= scale.rounds; round += 1) {
    // Filled in the order of the contenders, whatever the order of time.
    const found = Object.fromEntries(names.map((name) => [name, Number.NaN])) as Record<Name, number>;
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      found[name] = await contenders[name]();
    }
    if (round > 0) rounds.push(found);
  }
  return rounds;
}

/** The ratio of two contenders in every round. */
export function ratiosOf<Name extends string>(
  rounds: readonly Round<Name>[],
  name: NoInfer<Name>,
  against: NoInfer<Name>,
): number[] {
  return rounds.map((round) => round[name] / round[against]);
}

/** The median of each contender's figures. */
export function mediansOf<Name extends string>(rounds: readonly Round<Name>[], unit: string): Record<string, number> {
  const names = Object.keys(rounds[0] ?? {}) as Name[];
  return Object.fromEntries(
    names.map((name) => [`${name}, ${unit}`, rounded(median(rounds.map((round) => round[name])))]),
  );
}

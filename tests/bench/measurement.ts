/** What a measurement is, and the arithmetic of its ratios: pure, and tested. */

/** The target of a ratio. */
export interface Target {
  /** As docs/performance.md writes it, for example `≥ 0.7`. */
  readonly text: string;
  isMet(ratio: number): boolean;
}

/** Two things that are compared: one row of the README's table. */
export interface Comparison {
  readonly name: string;
  readonly against: string;
  /** Null for a figure without a target. */
  readonly target: Target | null;
}

/** A row of the answer, as `--json` writes it. */
export interface Outcome {
  readonly name: string;
  readonly against: string;
  /** The median of `rounds`; of memory and of wrong answers, the highest. */
  readonly ratio: number;
  /** The lowest and the highest of `rounds`. */
  readonly spread: readonly [number, number];
  readonly target: string | null;
  readonly met: boolean | null;
  /** The ratio of every round, in the order of time. */
  readonly rounds: readonly number[];
  /** The measurements behind the ratios: for reading, not for comparing with another run. */
  readonly figures: Readonly<Record<string, number | string>>;
}

/** How much is measured: a quick run has fewer and shorter rounds, and less data where a row says so. */
export interface Scale {
  readonly quick: boolean;
  /** Rounds that count, five or more. */
  readonly rounds: number;
  /** Rounds of what takes seconds each, five or more. */
  readonly longRounds: number;
  /** How long each thing is measured in a round. */
  readonly seconds: number;
}

/** One file of measurements: what it compares, and how. */
export interface Measurement {
  readonly comparisons: readonly Comparison[];
  /** Takes so long that it only runs when it is named. */
  readonly isByHand?: true;
  /** One outcome for each comparison, in their order. Throws when an answer was wrong. */
  measure(scale: Scale): Promise<Outcome[]>;
}

/** The ratio is this or more. */
export function atLeast(least: number): Target {
  return { text: `≥ ${least}`, isMet: (ratio) => ratio >= least };
}

/** The ratio is this or less. */
export function atMost(most: number): Target {
  return { text: `≤ ${most}`, isMet: (ratio) => ratio <= most };
}

/** Neither is more than this many times the other. */
export function within(factor: number): Target {
  return {
    text: `within ${factor}`,
    isMet: (ratio) => ratio <= factor && ratio >= 1 / factor,
  };
}

/** Judges the ratios of a comparison's rounds. Throws when a ratio is not a number: then nothing was measured. */
export function judge(
  comparison: Comparison,
  measured: {
    rounds: readonly number[];
    figures?: Readonly<Record<string, number | string>>;
    /** `highest` for a limit that no round may exceed. */
    counts?: "median" | "highest";
  },
): Outcome {
  const { name, against, target } = comparison;
  const { rounds, figures = {} } = measured;
  if (rounds.length === 0 || !rounds.every(Number.isFinite)) {
    throw new Error(`${name} has no ratio: ${rounds}`);
  }
  const ratio = measured.counts === "highest" ? Math.max(...rounds) : median(rounds);
  return {
    name,
    against,
    ratio: rounded(ratio),
    spread: [rounded(Math.min(...rounds)), rounded(Math.max(...rounds))],
    target: target?.text ?? null,
    // Judge the exact ratio, not the rounded one.
    met: target?.isMet(ratio) ?? null,
    rounds: rounds.map(rounded),
    figures,
  };
}

/** Three significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** The quantile (0 to 1) of sorted values. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The median; of an even number of values, the mean of the middle two. */
export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const upper = Math.floor(sorted.length / 2);
  const lower = sorted.length % 2 === 0 ? upper - 1 : upper;
  return ((sorted[lower] ?? Number.NaN) + (sorted[upper] ?? Number.NaN)) / 2;
}

/** What a measurement is, and the arithmetic of its ratios: pure, and tested. */

/** What a ratio should be. */
export interface Target {
  /** As spec 7 writes it, for example `≥ 0.7`. */
  readonly text: string;
  isMet(ratio: number): boolean;
}

/** Two things that are compared: a row of spec 7's table. */
export interface Comparison {
  readonly name: string;
  readonly against: string;
  /** Null when the figure is there to be known. */
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
  /** What the ratios were made of: for reading, never to be compared with another run. */
  readonly figures: Readonly<Record<string, number | string>>;
}

/** How much is measured: a quick run has fewer and shorter rounds, and smaller data where a row says so. */
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

/** Judges the ratios of a comparison's rounds. Throws when a ratio is no number: then nothing was measured. */
export function judge(
  comparison: Comparison,
  measured: {
    rounds: readonly number[];
    figures?: Readonly<Record<string, number | string>>;
    /** `highest` for what no round may exceed. */
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
    // Of the ratio itself: rounding meets no target.
    met: target?.isMet(ratio) ?? null,
    rounds: rounds.map(rounded),
    figures,
  };
}

/** Three digits that mean something. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** The value below which a part (0 to 1) of the sorted values lies. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The middle of some values; of an even number, the mean of the two in the middle. */
export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const upper = Math.floor(sorted.length / 2);
  const lower = sorted.length % 2 === 0 ? upper - 1 : upper;
  return ((sorted[lower] ?? Number.NaN) + (sorted[upper] ?? Number.NaN)) / 2;
}

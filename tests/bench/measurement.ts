/** What a measurement tells: a table, and a sentence on how to read it. Reported, never a reason to fail. */

/** One measured table. */
export interface Measurement {
  readonly title: string;
  /** What was compared with what, and what the columns are. */
  readonly explanation: string;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** The value below which a part (0 to 1) of the sorted values lies. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The middle of some values. */
export function median(values: Iterable<number>): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

import { formatFound } from "./format.ts";

/** How many a list has, and the search or filter that it answers. */
interface ListFacts {
  readonly count: number;
  /** Whether there are more than were counted. */
  readonly hasMore?: boolean;
  /** What one of them is called, such as `program`. */
  readonly noun: string;
  /** The noun with an s unless given. */
  readonly plural?: string;
  /** Said in place of the count, such as `The first 20 of 31 programs`. */
  readonly shown?: string;
  /** What the filters say, such as ` that expire within 30 days`; empty without a filter. */
  readonly filter?: string;
  /** What is searched for; empty for everything. */
  readonly search?: string;
}

/** What a list has, in one sentence: said above it, the title of an empty list, and what screen readers announce. */
export function summarizeList({
  count,
  hasMore = false,
  noun,
  plural = `${noun}s`,
  shown,
  filter = "",
  search = "",
}: ListFacts): string {
  const matching = search === "" ? filter : `${filter} for “${search}”`;
  const counted = `${formatFound({ count, hasMore })} ${count === 1 ? noun : plural}`;
  if (count > 0) return `${shown ?? counted}${matching}.`;
  return matching === "" ? `No ${plural} yet.` : `No ${plural} found${matching}.`;
}

import { pluralize } from "./format.ts";

/** What a list shows, and the search or filter that it answers. */
export interface ListFacts {
  readonly count: number;
  /** What one of them is called, such as `program`. */
  readonly noun: string;
  /** The noun with an s unless given. */
  readonly plural?: string;
  /** Said in place of the count, such as `The newest refused calls`. */
  readonly shown?: string;
  /** What the filters say, such as ` that expire within 30 days`; empty without a filter. */
  readonly filter?: string;
  /** What is searched for; empty for everything. */
  readonly search?: string;
}

/** What a list shows, in one sentence: the title of an empty list, and what screen readers announce. */
export function summarizeList({
  count,
  noun,
  plural = `${noun}s`,
  shown,
  filter = "",
  search = "",
}: ListFacts): string {
  const matching = search === "" ? filter : `${filter} for “${search}”`;
  if (count > 0) return `${shown ?? pluralize(count, noun, plural)}${matching}.`;
  return matching === "" ? `No ${plural} yet.` : `No ${plural} found${matching}.`;
}

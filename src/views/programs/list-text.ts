/** What the list of programs says of itself. */
import type { DescribedProgram } from "../../domain/programs/list.ts";
import { pluralize } from "../parts/format.ts";

/** One page of the list, and the question it answers. */
export interface ProgramListProps {
  /** By slug. */
  readonly programs: readonly DescribedProgram[];
  /** Whether there are more; the next page is `after` the last one here. */
  readonly hasMore: boolean;
  /** How many the search finds in all. */
  readonly count: number;
  /** What is searched for; empty for everything. */
  readonly search: string;
}

/** What the list holds, in one sentence: the title of an empty list, and what is announced. */
export function programsSummary({ count, search }: ProgramListProps): string {
  const matching = search === "" ? "" : ` for “${search}”`;
  return count === 0
    ? `No programs found${matching}.`
    : `${pluralize(count, "program")}${matching}.`;
}

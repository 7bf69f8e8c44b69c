/** What the list of a program's applications is made of, and what it says of itself. */
import type { ApplicationSummary } from "../../domain/applications/reading.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { pluralize } from "../parts/format.ts";

/** The filters as they were given; they are the API's parameters. Empty: not given. */
export interface ApplicationFilterValues {
  readonly fromDate: string;
  readonly toDate: string;
  readonly revisionState: string;
}

/** One page of the list, and the question it answers. */
export interface ApplicationListProps {
  readonly program: DescribedProgram;
  readonly filter: ApplicationFilterValues;
  /** By field, in the API's words. */
  readonly problems: FieldProblems;
  /** Ids descending, as the API lists them; none while there are problems. */
  readonly applications: readonly ApplicationSummary[];
  /** Whether there are more; the next page is `before` the last one here. */
  readonly hasMore: boolean;
  /** Whether this is not the first page. */
  readonly isLaterPage: boolean;
  /** The API's address of the same list. */
  readonly apiUrl: string;
}

/** Whether any filter is given. */
export function isFiltered({ filter }: ApplicationListProps): boolean {
  return Object.values(filter).some((value) => value !== "");
}

/** What the page holds, in one sentence: the title of an empty list, and what is announced. */
export function applicationsSummary(props: ApplicationListProps): string {
  const { applications, hasMore, isLaterPage } = props;
  const matching = isFiltered(props) ? " that match" : "";
  if (applications.length === 0) return `No ${isLaterPage ? "more " : ""}applications${matching}.`;
  const which = isLaterPage ? "The next" : hasMore ? "The first" : "All";
  return `${which} ${pluralize(applications.length, "application")}${matching}.`;
}

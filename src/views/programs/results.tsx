/** The lists of programs: what is searched for, and what was found. */
import type { PropsWithChildren } from "@elysiajs/html";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import { attribute, EmptyState, NextPage } from "../parts/components.tsx";
import { type ProgramListPath, programListHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { SearchForm } from "../parts/search-form.tsx";

/** One page of a list of programs, and the search it answers. */
export interface ProgramListProps {
  readonly page: PageContext;
  /** By slug. */
  readonly programs: readonly DescribedProgram[];
  /** Whether there are more; the next page is `after` the last one here. */
  readonly hasMore: boolean;
  /** How many programs the search finds in all. */
  readonly count: number;
  /** Empty for all programs. */
  readonly search: string;
}

/** The search and its results, in `#programs`. The children are shown while there are no programs at all. */
export function ProgramResults(
  props: PropsWithChildren<ProgramListProps & { path: ProgramListPath; table: JSX.Element }>,
): JSX.Element {
  const { path, programs, search, hasMore, table } = props;
  const summary = summarizeList({ count: props.count, noun: "program", search: props.search });
  return (
    <div id="programs" data-announce={attribute(summary)}>
      <ProgramSearch path={path} search={search} />
      {programs.length > 0 && table}
      {programs.length === 0 && search === "" && props.children}
      {programs.length === 0 && search !== "" && (
        <EmptyState title={summary}>
          <p>
            <a href={path}>Show all programs</a>
          </p>
        </EmptyState>
      )}
      {hasMore && <NextPage href={programListHref(path, { search, after: programs.at(-1)?.slug })} />}
    </div>
  );
}

/** The search for programs on a page that lists them in `#programs`. */
export function ProgramSearch(props: { path: ProgramListPath; search: string }): JSX.Element {
  return (
    <SearchForm
      {...props}
      region="programs"
      label="Search by name, slug or version ID"
      placeholder="Name, slug, version ID"
    />
  );
}

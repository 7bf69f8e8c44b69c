/** The lists of programs: what is searched for, and what was found. */
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { Page } from "../../lib/keyset.ts";
import { type ProgramListPath, programListHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { ListForm, type ListPage, listPage, SearchField } from "../parts/list-page.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { pagingOf } from "../parts/paging.tsx";
import { LinkLine } from "../parts/text.tsx";

/** One page of a list of programs, and the search it answers. */
export interface ProgramListProps {
  readonly page: PageContext;
  /** By slug. */
  readonly found: Page<DescribedProgram, string>;
  /** Empty for all programs. */
  readonly search: string;
}

/** Draws a page of programs with their search; `advice` is for when there are none at all, under the summary `none`. */
export function programListPage(
  { page, found, search }: ProgramListProps,
  props: Pick<ListPage, "title" | "top" | "advice"> & { path: ProgramListPath; none: string; table: JSX.Element },
): string {
  const { path, none, table } = props;
  const isEmpty = found.rows.length === 0;
  const isNew = isEmpty && search === "";
  return listPage({
    ...props,
    page,
    section: path,
    search,
    region: "programs",
    summary: isNew ? none : summarizeList({ ...found.total, noun: "program", search }),
    form: <ProgramSearch path={path} search={search} />,
    isEmpty,
    list: table,
    advice: isNew ? props.advice : <LinkLine href={path} text="Show all programs" />,
    ...pagingOf(found, (start) => programListHref(path, { search, ...start })),
  });
}

/** The search for programs on a page that lists them in `#programs`. */
export function ProgramSearch({ path, search }: { path: ProgramListPath; search: string }): JSX.Element {
  return (
    <ListForm class="civikey-search" path={path} region="programs" live={["q"]}>
      <SearchField label="Search by name, slug or version ID" placeholder="Name, slug, version ID" search={search} />
    </ListForm>
  );
}

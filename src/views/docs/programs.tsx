import { Html } from "@elysiajs/html";
import type { Program } from "../../domain/programs/find.ts";
import { attribute, Code, NameLink, Pages, UserText } from "../parts/components.tsx";
import { pluralize } from "../parts/format.ts";
import { programDocsHref, programListHref } from "../parts/hrefs.ts";
import { toFragment } from "../parts/layout.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { ProgramSearch } from "../programs/results.tsx";

type ListedProgram = Pick<Program, "slug" | "name" | "activeVersionId" | "draftVersionId">;

/** One page of the programs, and the search it answers. */
export interface ListedProgramsProps {
  /** By slug. */
  readonly programs: readonly ListedProgram[];
  /** Whether there are more; the next page is `after` the last one here. */
  readonly hasMore: boolean;
  readonly isLaterPage: boolean;
  readonly search: string;
}

const path = "/docs/api";

/** Links to the docs of each program, with a search when there are many. */
export function ListedPrograms(props: ListedProgramsProps): JSX.Element {
  const { programs, hasMore, isLaterPage, search } = props;
  const areMany = hasMore || isLaterPage || search !== "";
  return (
    <div id="programs" data-announce={attribute(summaryOf(props))}>
      <h2>Programs</h2>
      {areMany && <ProgramSearch path={path} search={search} />}
      {programs.length === 0 ? (
        <p safe>{summaryOf(props)}</p>
      ) : (
        <>
          <p>Each program has a page with its questions and an OpenAPI document with typed answers.</p>
          <ul class="civikey-list">
            {programs.map((program) => (
              <li>
                <ProgramLinks {...program} />
              </li>
            ))}
          </ul>
        </>
      )}
      {hasMore && <Pages next={programListHref(path, { search, after: programs.at(-1)?.slug })} />}
    </div>
  );
}

/** The part of `apiDocsPage` that changes with the search, for htmx. */
export function listedProgramsFragment(props: ListedProgramsProps): string {
  return toFragment("API docs", <ListedPrograms {...props} />);
}

function summaryOf({ programs, hasMore, isLaterPage, search }: ListedProgramsProps): string {
  const count = programs.length;
  if (count === 0 && isLaterPage) return "No more programs.";
  const which = isLaterPage ? "The next " : hasMore ? "The first " : "";
  const shown = `${which}${pluralize(count, "program")}`;
  return summarizeList({ count, noun: "program", shown, search });
}

/** The name links to the active version; a draft has its own link. */
function ProgramLinks({ slug, name, activeVersionId, draftVersionId }: ListedProgram): JSX.Element {
  return (
    <>
      {activeVersionId === null ? (
        <UserText text={name} />
      ) : (
        <NameLink href={programDocsHref(slug, "active")} name={name} />
      )}
      {name !== slug && (
        <>
          {" "}
          <Code text={slug} />
        </>
      )}
      {draftVersionId !== null && (
        <>
          {" "}
          <a href={attribute(programDocsHref(slug, "draft"))}>
            draft<span class="usa-sr-only">{Html.escapeHtml(` of ${name}`)}</span>
          </a>
        </>
      )}
    </>
  );
}

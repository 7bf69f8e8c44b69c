import { Html } from "@elysiajs/html";
import type { Program } from "../../domain/programs/find.ts";
import type { Page } from "../../lib/keyset.ts";
import { List } from "../parts/components.tsx";
import { programDocsHref, programListHref } from "../parts/hrefs.ts";
import { toFragment } from "../parts/layout.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { Pages, pagingOf } from "../parts/paging.tsx";
import { attribute, Code, NameLink, UserText } from "../parts/text.tsx";
import { ProgramSearch } from "../programs/results.tsx";

/** One page of the programs, and the search it answers. */
export interface ListedProgramsProps {
  /** By slug. */
  readonly found: Page<Pick<Program, "slug" | "name" | "activeVersionId" | "draftVersionId">, string>;
  readonly search: string;
  /** Whether the reader is shown drafts. */
  readonly seesDrafts: boolean;
}

const path = "/docs/api";

/** Links to the docs of each program, with a search when there are many. */
export function ListedPrograms({ found, search, seesDrafts }: ListedProgramsProps): JSX.Element {
  const summary = summarizeList({ ...found.total, noun: "program", search });
  const areMany = found.rows.length < found.total.count || search !== "";
  return (
    <div id="programs" data-announce={attribute(summary)}>
      <h2>Programs</h2>
      {areMany && <ProgramSearch path={path} search={search} />}
      {found.rows.length === 0 || areMany ? <p safe>{summary}</p> : ""}
      {found.rows.length > 0 && (
        <>
          <p>Each program has a page with its questions and an OpenAPI document with typed answers.</p>
          <List>
            {found.rows.map((program) => (
              <ProgramLinks {...program} hasDraft={seesDrafts && program.draftVersionId !== null} />
            ))}
          </List>
        </>
      )}
      <Pages {...pagingOf(found, (start) => programListHref(path, { search, ...start }))} />
    </div>
  );
}

/** The part of `apiDocsPage` that changes with the search, for htmx. */
export function listedProgramsFragment(props: ListedProgramsProps): string {
  return toFragment("API docs", <ListedPrograms {...props} />);
}

/** The name links to the active version; a draft has its own link. */
function ProgramLinks({
  slug,
  name,
  activeVersionId,
  hasDraft,
}: Pick<Program, "slug" | "name" | "activeVersionId"> & { hasDraft: boolean }): JSX.Element {
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
      {hasDraft && (
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

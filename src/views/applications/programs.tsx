import { Html } from "@elysiajs/html";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import {
  attribute,
  Code,
  EmptyState,
  Name,
  NextPage,
  PageHeading,
  Time,
} from "../parts/components.tsx";
import { applicationsHref, programListHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, PageTitle, toHtml } from "../parts/layout.tsx";
import { Cell, DataTable, Row } from "../parts/tables.tsx";
import { countText } from "../programs/facts.tsx";
import { type ProgramListProps, programsSummary } from "../programs/list-text.ts";
import { ProgramSearch } from "../programs/search.tsx";

/** What the page shows where one chooses whose applications to look at. */
export interface ApplicationProgramsPageProps extends ProgramListProps {
  readonly page: PageContext;
}

const path = "/admin/applications";

/** The programs that the API serves applications of: the whole document. */
export function applicationProgramsPage(props: ApplicationProgramsPageProps): string {
  return toHtml(
    <Layout page={props.page} title="Applications" section={path}>
      <PageHeading title="Applications" />
      <p>
        Choose a program to see what the API serves of it. Programs without an active version, and
        external ones, are not served.
      </p>
      <Region {...props} />
    </Layout>,
  );
}

/** The part of `applicationProgramsPage` that changes with the search, and the title, for htmx. */
export function applicationProgramsFragment(props: ApplicationProgramsPageProps): string {
  return toHtml(
    <>
      <PageTitle title="Applications" />
      <Region {...props} />
    </>,
  );
}

function Region(props: ApplicationProgramsPageProps): JSX.Element {
  const { programs, search, hasMore, page } = props;
  return (
    <div id="programs" data-announce={attribute(programsSummary(props))}>
      <ProgramSearch path={path} search={search} />
      {programs.length === 0 ? (
        <NoPrograms {...props} />
      ) : (
        <DataTable caption="Programs" columns={columns} narrow="wide">
          {programs.map((program) => (
            <ProgramRow program={program} page={page} />
          ))}
        </DataTable>
      )}
      {hasMore && (
        <NextPage href={programListHref(path, { search, after: programs.at(-1)?.slug })} />
      )}
    </div>
  );
}

const columns = ["Program", "Applications", "Newest"];

function ProgramRow(props: { program: DescribedProgram; page: PageContext }): JSX.Element {
  const { slug, name, applications } = props.program;
  return (
    <Row>
      <Cell column="Program">
        <div class="civikey-program-name">
          <a class="civikey-program-name__link" href={attribute(applicationsHref(slug))}>
            <Name text={name} />
          </a>
          <p class="civikey-aside">
            <Code text={slug} />
          </p>
        </div>
      </Cell>
      <Cell column="Applications">{Html.escapeHtml(countText(applications))}</Cell>
      <Cell column="Newest">
        {applications.newestAt === null ? (
          <span class="civikey-quiet">None yet</span>
        ) : (
          <Time at={applications.newestAt} zone={props.page.zone} exact />
        )}
      </Cell>
    </Row>
  );
}

function NoPrograms(props: ApplicationProgramsPageProps): JSX.Element {
  return (
    <EmptyState title={programsSummary(props)}>
      {props.search === "" ? (
        <p>
          The API serves applications of programs that have an active version.{" "}
          <a href="/admin/programs">Look at the programs</a>
        </p>
      ) : (
        <p>
          <a href={path}>Show all programs</a>
        </p>
      )}
    </EmptyState>
  );
}

import { Html } from "@elysiajs/html";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import { attribute, Code, EmptyState, PageHeading, Time, UserText } from "../parts/components.tsx";
import type { Clock } from "../parts/format.ts";
import { applicationsHref } from "../parts/hrefs.ts";
import { Layout, toFragment, toHtml } from "../parts/layout.tsx";
import { Cell, DataTable, Row } from "../parts/tables.tsx";
import { countText } from "../programs/facts.tsx";
import { type ProgramListProps, ProgramResults } from "../programs/results.tsx";

const title = "Applications";

/** The programs whose applications the API serves, to choose one: the whole document. */
export function applicationProgramsPage(props: ProgramListProps): string {
  return toHtml(
    <Layout page={props.page} title={title} section="/admin/applications">
      <PageHeading title={title} />
      <p>
        Choose a program to see the applications that the API serves. External programs and programs without an active
        version aren’t listed.
      </p>
      <Region {...props} />
    </Layout>,
  );
}

/** The part of `applicationProgramsPage` that changes with the search, for htmx. */
export function applicationProgramsFragment(props: ProgramListProps): string {
  return toFragment(title, <Region {...props} />);
}

function Region(props: ProgramListProps): JSX.Element {
  return (
    <ProgramResults {...props} path="/admin/applications" table={<ProgramTable {...props} />}>
      <EmptyState title="No programs with an active version yet.">
        <p>
          <a href="/admin/programs">Go to programs</a>
        </p>
      </EmptyState>
    </ProgramResults>
  );
}

function ProgramTable({ programs, page }: ProgramListProps): JSX.Element {
  return (
    <DataTable caption="Programs" columns={["Program", "Applications", "Newest"]} narrow="wide">
      {programs.map((program) => (
        <ProgramRow program={program} page={page} />
      ))}
    </DataTable>
  );
}

function ProgramRow(props: { program: DescribedProgram; page: Clock }): JSX.Element {
  const { slug, name, applications } = props.program;
  return (
    <Row>
      <Cell column="Program">
        <div class="civikey-program-name">
          <a class="civikey-program-name__link" href={attribute(applicationsHref(slug))}>
            <UserText text={name} />
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

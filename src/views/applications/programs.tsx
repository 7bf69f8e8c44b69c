import { Html } from "@elysiajs/html";
import { Code, EmptyState, NameLink, PageHeading, Time } from "../parts/components.tsx";
import { applicationsHref } from "../parts/hrefs.ts";
import { Layout, toFragment, toHtml } from "../parts/layout.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
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

const columns = ["Program", "Applications", "Newest"];

function ProgramTable({ programs, page }: ProgramListProps): JSX.Element {
  return (
    <DataTable caption="Programs" columns={columns} narrow="wide">
      {programs.map(({ slug, name, applications }) => (
        <Row columns={columns}>
          <div class="civikey-program-name">
            <strong>
              <NameLink href={applicationsHref(slug)} name={name} />
            </strong>
            <p class="civikey-aside">
              <Code text={slug} />
            </p>
          </div>
          {Html.escapeHtml(countText(applications))}
          <Time at={applications.newestAt} zone={page.zone} exact none="None yet" />
        </Row>
      ))}
    </DataTable>
  );
}

import { Html } from "@elysiajs/html";
import { PageHeading } from "../parts/components.tsx";
import { formatFound } from "../parts/format.ts";
import { applicationsHref } from "../parts/hrefs.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { Code, LinkLine, NameLink, Time } from "../parts/text.tsx";
import { type ProgramListProps, programListPage } from "../programs/results.tsx";

/** The programs whose applications the API serves, to choose one. */
export function applicationProgramsPage(props: ProgramListProps): string {
  return programListPage(props, {
    path: "/admin/applications",
    title: "Applications",
    top: (
      <>
        <PageHeading title="Applications" />
        <p>
          Choose a program to see the applications that the API serves. External programs and programs without an active
          version aren’t listed.
        </p>
      </>
    ),
    table: <ProgramTable {...props} />,
    none: "No programs with an active version yet.",
    advice: <LinkLine href="/admin/programs" text="Go to programs" />,
  });
}

const columns = ["Program", "Applications", "Newest"];

function ProgramTable({ found, page }: ProgramListProps): JSX.Element {
  return (
    <DataTable caption="Programs" columns={columns}>
      {found.rows.map(({ slug, name, applications }) => (
        <Row columns={columns}>
          <div class="civikey-program-name">
            <NameLink href={applicationsHref(slug)} name={name} />
            <p class="civikey-aside">
              <Code text={slug} />
            </p>
          </div>
          {Html.escapeHtml(formatFound(applications))}
          <Time at={applications.newestAt} zone={page.zone} exact none="None yet" />
        </Row>
      ))}
    </DataTable>
  );
}

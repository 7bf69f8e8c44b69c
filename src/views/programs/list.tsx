import { Code, EmptyState, More, NameLink, PageHeading, Time } from "../parts/components.tsx";
import { pluralize } from "../parts/format.ts";
import { programHref } from "../parts/hrefs.ts";
import { Layout, toFragment, toHtml } from "../parts/layout.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { ApplicationsLink, DocsLink, ProgramBadges, ReadersLink, typeNameOf, VersionFact } from "./facts.tsx";
import { type ProgramListProps, ProgramResults } from "./results.tsx";

const title = "Programs";

/** The list of programs: the whole document. */
export function programsPage(props: ProgramListProps): string {
  return toHtml(
    <Layout page={props.page} title={title} section="/admin/programs">
      <PageHeading title={title}>
        <a class="usa-button" href="/admin/programs/import">
          Import program
        </a>
      </PageHeading>
      <Region {...props} />
    </Layout>,
  );
}

/** The part of `programsPage` that changes with the search, for htmx. */
export function programsFragment(props: ProgramListProps): string {
  return toFragment(title, <Region {...props} />);
}

function Region(props: ProgramListProps): JSX.Element {
  return (
    <ProgramResults {...props} path="/admin/programs" table={<ProgramTable {...props} />}>
      <EmptyState title="No programs yet.">
        <p>
          Programs come from CiviForm. Export one there as JSON and import the file here. Then create API keys for it.
        </p>
        <p>
          <a href="/admin/programs/import">Import a program</a>
        </p>
      </EmptyState>
    </ProgramResults>
  );
}

const columns = ["Program", "Active version", "Draft", "Applications", "Read by", "Docs"];

function ProgramTable({ programs, page }: ProgramListProps): JSX.Element {
  return (
    <DataTable caption="Programs" columns={columns} narrow="wide">
      {programs.map((program) => (
        <Row columns={columns}>
          <div class="civikey-program-name">
            <strong>
              <NameLink href={programHref(program.slug)} name={program.name} />
            </strong>{" "}
            <ProgramBadges program={program} />
            <p class="civikey-aside">
              <Code text={program.slug} />{" "}
              <span safe>{`· ${typeNameOf(program)} · ${pluralize(program.versionCount, "version")}`}</span>
            </p>
          </div>
          <VersionFact id={program.activeVersionId} verb="published" at={program.publishedAt} page={page} />
          <VersionFact id={program.draftVersionId} verb="imported" at={program.draftedAt} page={page} />
          <div>
            <ApplicationsLink program={program} />
            {program.applications.newestAt !== null && (
              <More>
                newest <Time at={program.applications.newestAt} zone={page.zone} />
              </More>
            )}
          </div>
          <ReadersLink program={program} />
          <DocsLink program={program} />
        </Row>
      ))}
    </DataTable>
  );
}

import type { DescribedProgram } from "../../domain/programs/list.ts";
import { attribute, Code, EmptyState, PageHeading, Time, UserText } from "../parts/components.tsx";
import { type Clock, pluralize } from "../parts/format.ts";
import { programHref } from "../parts/hrefs.ts";
import { Layout, toFragment, toHtml } from "../parts/layout.tsx";
import { Cell, DataTable, Row } from "../parts/tables.tsx";
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
        <ProgramRow program={program} page={page} />
      ))}
    </DataTable>
  );
}

function ProgramRow({ program, page }: { program: DescribedProgram; page: Clock }): JSX.Element {
  const { slug, name, versionCount, activeVersionId, draftVersionId, applications } = program;
  return (
    <Row>
      <Cell column="Program">
        <div class="civikey-program-name">
          <a class="civikey-program-name__link" href={attribute(programHref(slug))}>
            <UserText text={name} />
          </a>{" "}
          <ProgramBadges program={program} />
          <p class="civikey-aside">
            <Code text={slug} /> <span safe>{`· ${typeNameOf(program)} · ${pluralize(versionCount, "version")}`}</span>
          </p>
        </div>
      </Cell>
      <Cell column="Active version">
        <div>
          <VersionFact id={activeVersionId} verb="published" at={program.publishedAt} page={page} />
        </div>
      </Cell>
      <Cell column="Draft">
        <div>
          <VersionFact id={draftVersionId} verb="imported" at={program.draftedAt} page={page} />
        </div>
      </Cell>
      <Cell column="Applications">
        <div>
          <ApplicationsLink program={program} />
          {applications.newestAt !== null && (
            <span class="civikey-facts__more civikey-quiet">
              newest <Time at={applications.newestAt} zone={page.zone} />
            </span>
          )}
        </div>
      </Cell>
      <Cell column="Read by">
        <span class="civikey-nowrap">
          <ReadersLink program={program} />
        </span>
      </Cell>
      <Cell column="Docs">
        <span class="civikey-nowrap">
          <DocsLink program={program} />
        </span>
      </Cell>
    </Row>
  );
}

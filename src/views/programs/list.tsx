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
import { pluralize } from "../parts/format.ts";
import { programHref, programListHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, PageTitle, toHtml } from "../parts/layout.tsx";
import { Cell, DataTable, Row } from "../parts/tables.tsx";
import {
  ActiveVersion,
  ApplicationsLink,
  DocsLink,
  DraftVersion,
  ProgramBadges,
  ReadersLink,
  typeNameOf,
} from "./facts.tsx";
import { type ProgramListProps, programsSummary } from "./list-text.ts";
import { ProgramSearch } from "./search.tsx";

/** What the list of programs shows. */
export interface ProgramsPageProps extends ProgramListProps {
  readonly page: PageContext;
}

const path = "/admin/programs";

/** The list of programs: the whole document. */
export function programsPage(props: ProgramsPageProps): string {
  return toHtml(
    <Layout page={props.page} title="Programs" section={path}>
      <PageHeading title="Programs">
        <a class="usa-button" href="/admin/programs/import">
          Import program
        </a>
      </PageHeading>
      <Region {...props} />
    </Layout>,
  );
}

/** The part of `programsPage` that changes with the search, and the title, for htmx. */
export function programsFragment(props: ProgramsPageProps): string {
  return toHtml(
    <>
      <PageTitle title="Programs" />
      <Region {...props} />
    </>,
  );
}

function Region(props: ProgramsPageProps): JSX.Element {
  const { programs, search, hasMore } = props;
  return (
    <div id="programs" data-announce={attribute(programsSummary(props))}>
      <ProgramSearch path={path} search={search} />
      {programs.length === 0 ? <NoPrograms {...props} /> : <ProgramTable {...props} />}
      {hasMore && (
        <NextPage href={programListHref(path, { search, after: programs.at(-1)?.slug })} />
      )}
    </div>
  );
}

const columns = ["Program", "Active version", "Draft", "Applications", "Read by", "Docs"];

function ProgramTable({ programs, page }: ProgramsPageProps): JSX.Element {
  return (
    <DataTable caption="Programs" columns={columns} narrow="wide">
      {programs.map((program) => (
        <Row>
          <Cell column="Program">
            <ProgramName program={program} />
          </Cell>
          <Cell column="Active version">
            <div>
              <ActiveVersion program={program} page={page} />
            </div>
          </Cell>
          <Cell column="Draft">
            <div>
              <DraftVersion program={program} page={page} />
            </div>
          </Cell>
          <Cell column="Applications">
            <div>
              <ApplicationsLink program={program} />
              {program.applications.newestAt !== null && (
                <span class="civikey-facts__more civikey-quiet">
                  newest <Time at={program.applications.newestAt} zone={page.zone} />
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
      ))}
    </DataTable>
  );
}

function ProgramName({ program }: { program: DescribedProgram }): JSX.Element {
  return (
    <div class="civikey-program-name">
      <a class="civikey-program-name__link" href={attribute(programHref(program.slug))}>
        <Name text={program.name} />
      </a>{" "}
      <ProgramBadges program={program} />
      <p class="civikey-aside">
        <Code text={program.slug} />{" "}
        <span
          safe
        >{`· ${typeNameOf(program)} · ${pluralize(program.versionCount, "version")}`}</span>
      </p>
    </div>
  );
}

function NoPrograms(props: ProgramsPageProps): JSX.Element {
  if (props.search !== "") {
    return (
      <EmptyState title={programsSummary(props)}>
        <p>
          <a href={path}>Show all programs</a>
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No programs yet.">
      <p>
        API keys are made for programs, and programs come from CiviForm: export one there as JSON,
        and import the file here.
      </p>
      <p>
        <a href="/admin/programs/import">Import the first program</a>
      </p>
    </EmptyState>
  );
}

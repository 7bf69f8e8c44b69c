import { Html } from "@elysiajs/html";
import type { ApplicationSummary } from "../../domain/applications/reading.ts";
import { CodeBlock, curlCommand } from "../parts/code-block.tsx";
import {
  attribute,
  Badge,
  Code,
  EmptyState,
  Name,
  NextPage,
  PageHeading,
  Time,
} from "../parts/components.tsx";
import type { Clock } from "../parts/format.ts";
import { ErrorSummary, formTitle } from "../parts/forms.tsx";
import { applicationHref, applicationsHref, programHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, PageTitle, toHtml } from "../parts/layout.tsx";
import { Cell, DataTable, Row } from "../parts/tables.tsx";
import { ApplicationFilterForm } from "./filter.tsx";
import { type ApplicationListProps, applicationsSummary, isFiltered } from "./list-text.ts";

/** What the list of a program's applications shows. */
export interface ApplicationsPageProps extends ApplicationListProps {
  readonly page: PageContext;
}

/** The applications of a program, as the API serves them: the whole document. */
export function applicationsPage(props: ApplicationsPageProps): string {
  const { page, program } = props;
  return toHtml(
    <Layout page={page} title={titleOf(props)} section="/admin/applications">
      <p class="civikey-back">
        <a href="/admin/applications">Applications</a>
      </p>
      <PageHeading title={`Applications of ${program.name}`} />
      <p class="civikey-keyline civikey-keyline--below-heading">
        <Code text={program.slug} />
        <a href={attribute(programHref(program.slug))}>About the program</a>
      </p>
      {isServed(props) ? <Region {...props} /> : <NotServed {...props} />}
    </Layout>,
  );
}

/** The part of `applicationsPage` that changes with the filter, and the title, for htmx. */
export function applicationsFragment(props: ApplicationsPageProps): string {
  return toHtml(
    <>
      <PageTitle title={titleOf(props)} />
      {isServed(props) ? <Region {...props} /> : <NotServed {...props} />}
    </>,
  );
}

function titleOf({ program, problems }: ApplicationsPageProps): string {
  return formTitle(`Applications of ${program.name}`, problems);
}

function isServed({ program }: ApplicationsPageProps): boolean {
  return !program.isExternal && program.activeVersionId !== null;
}

function Region(props: ApplicationsPageProps): JSX.Element {
  const { program, filter, applications, problems, hasMore, page } = props;
  const next = { ...filter, before: applications.at(-1)?.applicationId };
  return (
    <div id="applications" data-announce={attribute(applicationsSummary(props))}>
      <ErrorSummary problems={problems} />
      <ApplicationFilterForm {...props} />
      {Object.keys(problems).length === 0 && (
        <>
          {applications.length === 0 ? (
            <NoApplications {...props} />
          ) : (
            <ApplicationTable slug={program.slug} applications={applications} page={page} />
          )}
          {hasMore && <NextPage href={applicationsHref(program.slug, next)} />}
          <FromTheApi {...props} />
        </>
      )}
    </div>
  );
}

const columns = ["Application", "Applicant", "Submitted", "Status", "Revision"];

function ApplicationTable(props: {
  slug: string;
  applications: readonly ApplicationSummary[];
  page: Clock;
}): JSX.Element {
  return (
    <DataTable
      caption="Applications, the highest application ID first"
      columns={columns}
      narrow="wide"
    >
      {props.applications.map(({ applicationId, applicantId, ...application }) => (
        <Row>
          <Cell column="Application">
            <a href={attribute(applicationHref(props.slug, applicationId))} safe>
              {applicationId}
            </a>
          </Cell>
          <Cell column="Applicant">{Html.escapeHtml(applicantId)}</Cell>
          <Cell column="Submitted">
            <Time at={application.submittedAt} zone={props.page.zone} exact />
          </Cell>
          <Cell column="Status">
            {application.status === null ? (
              <span class="civikey-quiet">None</span>
            ) : (
              <Name text={application.status} />
            )}
          </Cell>
          <Cell column="Revision">
            <div>
              <RevisionBadge state={application.revisionState} />
            </div>
          </Cell>
        </Row>
      ))}
    </DataTable>
  );
}

/** The revision state of an application. */
export function RevisionBadge({ state }: { state: string }): JSX.Element {
  const isCurrent = state === "CURRENT";
  return <Badge tone={isCurrent ? "good" : "ended"} text={isCurrent ? "Current" : "Obsolete"} />;
}

function NoApplications(props: ApplicationsPageProps): JSX.Element {
  const all = attribute(applicationsHref(props.program.slug));
  return (
    <EmptyState title={applicationsSummary(props)}>
      {isFiltered(props) || props.isLaterPage ? (
        <p>
          <a href={all}>Show all applications</a>
        </p>
      ) : (
        <p>
          An operator imports what CiviForm’s API gives, on the machine that CiviKey runs on:{" "}
          <Code text={`bun run cli applications import FILE --program ${props.program.slug}`} />
        </p>
      )}
    </EmptyState>
  );
}

function NotServed({ program }: ApplicationsPageProps): JSX.Element {
  if (program.isExternal) {
    return (
      <EmptyState title="An external program has no applications.">
        <p>They are made on another site. The API answers as if there was no such program.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="The API serves nothing of this program yet.">
      <p>
        It has no active version. Until one is published, calls are answered with 400,{" "}
        <Code text={`Program not found for slug: ${program.slug}`} />
      </p>
      {program.draftVersionId !== null && (
        <p>
          <a href={attribute(`${programHref(program.slug)}/publish`)}>Publish the draft</a>
        </p>
      )}
    </EmptyState>
  );
}

/** The call that gives the same list, for whoever is on the phone. */
function FromTheApi({ apiUrl }: ApplicationsPageProps): JSX.Element {
  return (
    <details class="civikey-more civikey-more--apart">
      <summary>The same from the API</summary>
      <CodeBlock id="api_call" label="Call of the API" code={curlCommand(apiUrl)} />
    </details>
  );
}

import { Html } from "@elysiajs/html";
import type { ApplicationSummary } from "../../domain/applications/reading.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { CodeBlock, curlCommand } from "../parts/code-block.tsx";
import { attribute, Back, Code, EmptyState, NextPage, PageHeading, Time } from "../parts/components.tsx";
import { pluralize } from "../parts/format.ts";
import { ErrorSummary, formTitle } from "../parts/forms.tsx";
import { applicationHref, applicationsHref, programHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toFragment, toHtml } from "../parts/layout.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { RevisionBadge, TextOr } from "./facts.tsx";
import { type ApplicationFilter, ApplicationFilterForm, isFiltered } from "./filter.tsx";

/** One page of a program's applications, and the filter it answers. */
export interface ApplicationsPageProps {
  readonly page: PageContext;
  readonly program: DescribedProgram;
  readonly filter: ApplicationFilter;
  /** By field, in the API's words. */
  readonly problems: FieldProblems;
  /** By descending ID, as the API lists them; none while there are problems. */
  readonly applications: readonly ApplicationSummary[];
  /** Whether there are more; the next page is `before` the last one here. */
  readonly hasMore: boolean;
  readonly isLaterPage: boolean;
  /** The address of the same list in the API. */
  readonly apiUrl: string;
}

/** The applications of a program, as the API serves them: the whole document. */
export function applicationsPage(props: ApplicationsPageProps): string {
  const { page, program } = props;
  return toHtml(
    <Layout page={page} title={titleOf(props)} section="/admin/applications">
      <Back href="/admin/applications" name="Applications" />
      <PageHeading title={`Applications for ${program.name}`} />
      <p class="civikey-keyline civikey-keyline--below-heading">
        <Code text={program.slug} />
        <a href={attribute(programHref(program.slug))}>Program details</a>
      </p>
      <Region {...props} />
    </Layout>,
  );
}

/** The part of `applicationsPage` that changes with the filter, for htmx. */
export function applicationsFragment(props: ApplicationsPageProps): string {
  return toFragment(titleOf(props), <Region {...props} />);
}

function titleOf({ program, problems }: ApplicationsPageProps): string {
  return formTitle(`Applications for ${program.name}`, problems);
}

function Region(props: ApplicationsPageProps): JSX.Element {
  const { program, filter, problems, applications, hasMore } = props;
  if (program.isExternal || program.activeVersionId === null) {
    return <NotServed program={program} />;
  }
  const next = { ...filter, before: applications.at(-1)?.applicationId };
  return (
    <div id="applications" data-announce={summaryOf(props)}>
      <ErrorSummary problems={problems} />
      <ApplicationFilterForm {...props} />
      {Object.keys(problems).length === 0 && (
        <>
          {applications.length === 0 ? <NoApplications {...props} /> : <ApplicationTable {...props} />}
          {hasMore && <NextPage href={applicationsHref(program.slug, next)} />}
          <details class="civikey-more civikey-more--apart">
            <summary>Get this from the API</summary>
            <CodeBlock id="api_call" label="API call" code={curlCommand(props.apiUrl)} />
          </details>
        </>
      )}
    </div>
  );
}

function summaryOf(props: ApplicationsPageProps): string {
  const { filter, applications, hasMore, isLaterPage } = props;
  const found = isFiltered(filter) ? "matching application" : "application";
  if (applications.length === 0) return `No ${isLaterPage ? "more " : ""}${found}s.`;
  const which = isLaterPage ? "Next" : hasMore ? "First" : "All";
  return `${which} ${pluralize(applications.length, found)}.`;
}

const columns = ["Application", "Applicant", "Submitted", "Status", "Revision"];

function ApplicationTable({ page, program, applications }: ApplicationsPageProps): JSX.Element {
  return (
    <DataTable caption="Applications, highest ID first" columns={columns} narrow="wide">
      {applications.map(({ applicationId, applicantId, submittedAt, status, revisionState }) => (
        <Row columns={columns}>
          <a href={attribute(applicationHref(program.slug, applicationId))} safe>
            {applicationId}
          </a>
          {Html.escapeHtml(applicantId)}
          <Time at={submittedAt} zone={page.zone} exact />
          <TextOr text={status} none="None" />
          <RevisionBadge state={revisionState} />
        </Row>
      ))}
    </DataTable>
  );
}

function NoApplications(props: ApplicationsPageProps): JSX.Element {
  const { program, filter, isLaterPage } = props;
  return (
    <EmptyState title={summaryOf(props)}>
      {isFiltered(filter) || isLaterPage ? (
        <p>
          <a href={attribute(applicationsHref(program.slug))}>Show all applications</a>
        </p>
      ) : (
        <p>
          To import applications from CiviForm’s API, run this command on the CiviKey server:{" "}
          <Code text={`bun run cli applications import FILE --program ${program.slug}`} />
        </p>
      )}
    </EmptyState>
  );
}

function NotServed({ program }: { program: DescribedProgram }): JSX.Element {
  if (program.isExternal) {
    return (
      <EmptyState title="External programs have no applications.">
        <p>People apply on another site. The API answers as if the program didn’t exist.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="This program isn’t available through the API yet.">
      <p>
        It has no active version. Until you publish one, calls get a 400 response:{" "}
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

import { Html } from "@elysiajs/html";
import type { ApplicationSummary } from "../../domain/applications/reading.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { CodeBlock, curlCommand } from "../parts/code-block.tsx";
import { attribute, Back, Code, LinkLine, PageHeading, Time } from "../parts/components.tsx";
import { pluralize } from "../parts/format.ts";
import { ErrorSummary, formTitle } from "../parts/forms.tsx";
import { applicationHref, applicationsHref, programHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { listPage } from "../parts/list-page.tsx";
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

/** The applications of a program, as the API serves them. */
export function applicationsPage(props: ApplicationsPageProps): string {
  const { page, program, filter, problems, applications, hasMore } = props;
  const isServed = !program.isExternal && program.activeVersionId !== null;
  const hasProblems = Object.keys(problems).length > 0;
  const title = `Applications for ${program.name}`;
  const next = { ...filter, before: applications.at(-1)?.applicationId };
  return listPage({
    page,
    section: "/admin/applications",
    title: formTitle(title, problems),
    top: (
      <>
        <Back href="/admin/applications" name="Applications" />
        <PageHeading title={title} />
        <p class="civikey-below-heading">
          <Code text={program.slug} />
          <a href={attribute(programHref(program.slug))}>Program details</a>
        </p>
      </>
    ),
    region: "applications",
    summary: summaryOf(props),
    form: isServed && (
      <>
        <ErrorSummary problems={problems} />
        <ApplicationFilterForm {...props} />
      </>
    ),
    isEmpty: !hasProblems && applications.length === 0,
    list: !hasProblems && <ApplicationTable {...props} />,
    advice: isServed ? <Advice {...props} /> : <NotServed {...props} />,
    next: hasMore && applicationsHref(program.slug, next),
    end: isServed && !hasProblems && (
      <details class="civikey-more civikey-more--apart">
        <summary>Get this from the API</summary>
        <CodeBlock id="api_call" label="API call" code={curlCommand(props.apiUrl)} />
      </details>
    ),
  });
}

function summaryOf(props: ApplicationsPageProps): string {
  const { program, filter, applications, hasMore, isLaterPage } = props;
  if (program.isExternal) return "External programs have no applications.";
  if (program.activeVersionId === null) return "This program isn’t available through the API yet.";
  const found = isFiltered(filter) ? "matching application" : "application";
  if (applications.length === 0) return `No ${isLaterPage ? "more " : ""}${found}s.`;
  const which = isLaterPage ? "Next" : hasMore ? "First" : "All";
  return `${which} ${pluralize(applications.length, found)}.`;
}

const columns = ["Application", "Applicant", "Submitted", "Status", "Revision"];

function ApplicationTable({ page, program, applications }: ApplicationsPageProps): JSX.Element {
  return (
    <DataTable caption="Applications, highest ID first" columns={columns}>
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

function Advice({ page, program, filter, isLaterPage }: ApplicationsPageProps): JSX.Element {
  if (isFiltered(filter) || isLaterPage) {
    return <LinkLine href={applicationsHref(program.slug)} text="Show all applications" />;
  }
  if (!page.may("change programs")) return <p>Applications appear here once CiviKey has some.</p>;
  return (
    <p>
      To import applications from CiviForm’s API, run this command on the CiviKey server:{" "}
      <Code text={`bun run cli applications import FILE --program ${program.slug}`} />
    </p>
  );
}

function NotServed({ page, program }: ApplicationsPageProps): JSX.Element {
  if (program.isExternal) {
    return <p>People apply on another site. The API answers as if the program didn’t exist.</p>;
  }
  return (
    <>
      <p>
        It has no active version. Until you publish one, calls get a 400 response:{" "}
        <Code text={`Program not found for slug: ${program.slug}`} />
      </p>
      {program.draftVersionId !== null && page.may("change programs") && (
        <LinkLine href={`${programHref(program.slug)}/publish`} text="Publish the draft" />
      )}
    </>
  );
}

import { Html } from "@elysiajs/html";
import type { ApplicationSummary } from "../../domain/applications/reading.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import type { Page } from "../../lib/keyset.ts";
import { CodeBlock, curlCommand } from "../parts/code-block.tsx";
import { Folded, PageHeading } from "../parts/components.tsx";
import { formatFound } from "../parts/format.ts";
import { ErrorSummary, formTitle } from "../parts/forms.tsx";
import { applicationHref, applicationsHref, downloadHref, programHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { listPage } from "../parts/list-page.tsx";
import { pagingOf } from "../parts/paging.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { attribute, Back, Code, LinkLine, Time } from "../parts/text.tsx";
import { RevisionBadge, TextOr } from "./facts.tsx";
import { type ApplicationFilter, ApplicationFilterForm, isFiltered, isOfApi } from "./filter.tsx";

/** One page of a program's applications, and the filter it answers. */
interface ApplicationsPageProps {
  readonly page: PageContext;
  readonly program: DescribedProgram;
  readonly filter: ApplicationFilter;
  /** By field. */
  readonly problems: FieldProblems;
  /** By descending ID, as the API lists them; undefined while there are problems, or nothing is served. */
  readonly found: Page<ApplicationSummary, string> | undefined;
  /** The statuses that there are to choose from. */
  readonly statuses: readonly string[];
  /** The address of the same list in the API. */
  readonly apiUrl: string;
}

/** The applications of a program, as the API serves them. */
export function applicationsPage(props: ApplicationsPageProps): string {
  const { page, program, filter, problems, found } = props;
  const isServed = !program.isExternal && program.activeVersionId !== null;
  const hasProblems = Object.keys(problems).length > 0;
  const title = `Applications for ${program.name}`;
  const hrefOf = (start = {}) => applicationsHref(program.slug, { ...filter, ...start });
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
    downloads: found && [
      ["Download CSV", downloadHref(hrefOf())],
      ["Download NDJSON", downloadHref(hrefOf(), "ndjson")],
    ],
    isEmpty: found ? found.rows.length === 0 : !hasProblems,
    list: found && <ApplicationTable {...props} rows={found.rows} />,
    advice: isServed ? <Advice {...props} /> : <NotServed {...props} />,
    ...(found ? pagingOf(found, hrefOf) : { next: false }),
    end: found && isOfApi(filter) && (
      <Folded summary="Get this from the API" isApart>
        <CodeBlock id="api_call" label="API call" code={curlCommand(props.apiUrl)} />
      </Folded>
    ),
  });
}

function summaryOf(props: ApplicationsPageProps): string {
  const { program, filter, found } = props;
  if (program.isExternal) return "External programs have no applications.";
  if (program.activeVersionId === null) return "This program isn’t available through the API yet.";
  const noun = isFiltered(filter) ? "matching application" : "application";
  if (found === undefined || found.total.count === 0) return `No ${noun}s.`;
  return `${formatFound(found.total)} ${noun}${found.total.count === 1 ? "" : "s"}.`;
}

const columns = ["Application", "Applicant", "Submitted", "Status", "Revision"];

function ApplicationTable(props: ApplicationsPageProps & { rows: readonly ApplicationSummary[] }): JSX.Element {
  const { page, program, rows } = props;
  return (
    <DataTable caption="Applications, highest ID first" columns={columns}>
      {rows.map(({ applicationId, applicantId, submittedAt, status, revisionState }) => (
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

function Advice({ page, program, filter }: ApplicationsPageProps): JSX.Element {
  if (isFiltered(filter)) {
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

import {
  attribute,
  Code,
  EmptyState,
  Name,
  NextPage,
  PageHeading,
  Time,
} from "../parts/components.tsx";
import { Layout, type PageContext, PageTitle, toHtml } from "../parts/layout.tsx";
import { Cell, DataTable, Row } from "../parts/tables.tsx";
import { AuditDetails } from "./details.tsx";
import { AuditFilter } from "./filter.tsx";
import { type AuditListProps, auditHref, auditSummary, isNarrowed } from "./list-text.ts";
import { AuditSentence } from "./sentences.tsx";

/** What the page of the audit trail shows. */
export interface AuditPageProps extends AuditListProps {
  readonly page: PageContext;
}

const title = "Audit";

/** Who changed what, when, from where: the whole document. It prints well. */
export function auditPage(props: AuditPageProps): string {
  return toHtml(
    <Layout page={props.page} title={title} section="/admin/audit">
      <div class="civikey-audit">
        <PageHeading title={title} />
        <p>
          Every change to API keys, programs, applications and admins: who made it, when, and from
          where. Nobody can change or delete what is written here.
        </p>
        <Region {...props} />
      </div>
    </Layout>,
  );
}

/** The part of `auditPage` that changes with the filters, and the title, for htmx. */
export function auditFragment(props: AuditPageProps): string {
  return toHtml(
    <>
      <PageTitle title={title} />
      <Region {...props} />
    </>,
  );
}

function Region(props: AuditPageProps): JSX.Element {
  const { events, hasMore, page, query } = props;
  return (
    <div id="audit" data-announce={attribute(auditSummary(props))}>
      <AuditFilter {...props} />
      <p class="civikey-printed">
        <span safe>{auditSummary(props)}</span> Printed{" "}
        <Time at={page.now} zone={page.zone} exact /> by <Name text={page.adminEmail ?? ""} />.
      </p>
      {events.length === 0 ? <NoEvents {...props} /> : <Events {...props} />}
      {hasMore && <NextPage href={auditHref(query, events.at(-1)?.id)} />}
    </div>
  );
}

function Events({ events, page }: AuditPageProps): JSX.Element {
  return (
    <DataTable caption="Audit events" columns={["When", "What", "From"]}>
      {events.map((event) => (
        <Row>
          <Cell column="When">
            <div class="civikey-when">
              <Time at={event.at} zone={page.zone} exact />
            </div>
          </Cell>
          <Cell column="What">
            <div class="civikey-happened">
              <AuditSentence event={event} />
              <AuditDetails
                details={event.details}
                page={page}
                without={event.apiKey === null ? ["email"] : ["name"]}
              />
            </div>
          </Cell>
          <Cell column="From">
            {event.address === null ? "N/A" : <Code text={event.address} />}
          </Cell>
        </Row>
      ))}
    </DataTable>
  );
}

function NoEvents(props: AuditPageProps): JSX.Element {
  return (
    <EmptyState title={auditSummary(props)}>
      {isNarrowed(props.query) ? (
        <p>
          <a href="/admin/audit">Show all audit events</a>
        </p>
      ) : (
        <p>When somebody makes a key or imports a program, it is written down here.</p>
      )}
    </EmptyState>
  );
}

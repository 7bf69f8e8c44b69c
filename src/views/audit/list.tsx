import type { AuditLine } from "../../domain/access/audit/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { attribute, Code, EmptyState, NextPage, PageHeading, Time, UserText } from "../parts/components.tsx";
import { auditHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toFragment, toHtml } from "../parts/layout.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { AuditDetails } from "./details.tsx";
import { AuditFilter, type AuditQuery } from "./filter.tsx";
import { AuditSentence, nameOfAction } from "./sentences.tsx";

/** One page of the audit log, and the filters that it answers. */
export interface AuditPageProps {
  readonly page: PageContext;
  /** Newest first. */
  readonly events: readonly AuditLine[];
  /** Whether there are older ones; the next page is `before` the last one here. */
  readonly hasMore: boolean;
  /** Whether there are newer ones on a page before. */
  readonly isOlder: boolean;
  readonly query: AuditQuery;
  /** By field: `from`, `until`. */
  readonly problems: FieldProblems;
}

const title = "Audit";

/** Who changed what, when, from where: the whole document. It prints well. */
export function auditPage(props: AuditPageProps): string {
  return toHtml(
    <Layout page={props.page} title={title} section="/admin/audit">
      <div class="civikey-audit">
        <PageHeading title={title} />
        <p>
          Every change to API keys, programs, applications and admins: who made it, when, and from where. CiviKey never
          changes or deletes an audit event.
        </p>
        <Region {...props} />
      </div>
    </Layout>,
  );
}

/** The part of `auditPage` that changes with the filters, and the title, for htmx. */
export function auditFragment(props: AuditPageProps): string {
  return toFragment(title, <Region {...props} />);
}

function summaryOf({ events, hasMore, isOlder, query }: AuditPageProps): string {
  const filters = [
    query.who && ` by “${query.who}”`,
    query.what && `, ${nameOfAction(query.what)}`,
    query.key && `, API key “${query.key}”`,
    query.from && `, from ${query.from}`,
    query.until && `, until ${query.until}`,
  ];
  return summarizeList({
    count: events.length,
    noun: "audit event",
    shown: `${isOlder ? "Older" : hasMore ? "The newest" : "All"} audit events`,
    filter: filters.filter(Boolean).join(""),
  });
}

function Region(props: AuditPageProps): JSX.Element {
  const { events, hasMore, page, query } = props;
  return (
    <div id="audit" data-announce={attribute(summaryOf(props))}>
      <AuditFilter {...props} />
      <p class="civikey-printed">
        <span safe>{summaryOf(props)}</span> Printed <Time at={page.now} zone={page.zone} exact /> by{" "}
        <UserText text={page.adminEmail ?? ""} />.
      </p>
      {events.length === 0 ? <NoEvents {...props} /> : <Events {...props} />}
      {hasMore && <NextPage href={auditHref(query, events.at(-1)?.id)} />}
    </div>
  );
}

const columns = ["When", "What", "From"];

function Events({ events, page }: AuditPageProps): JSX.Element {
  return (
    <DataTable caption="Audit events" columns={columns}>
      {events.map((event) => (
        <Row columns={columns}>
          <div class="civikey-when">
            <Time at={event.at} zone={page.zone} exact />
          </div>
          <div class="civikey-happened">
            <AuditSentence event={event} />
            <AuditDetails
              details={event.details}
              page={page}
              without={event.apiKey === null ? ["email", "reason"] : ["name"]}
            />
          </div>
          {event.address === null ? "None" : <Code text={event.address} />}
        </Row>
      ))}
    </DataTable>
  );
}

function NoEvents(props: AuditPageProps): JSX.Element {
  return (
    <EmptyState title={summaryOf(props)}>
      {Object.values(props.query).some((value) => value !== "") ? (
        <p>
          <a href="/admin/audit">Show all audit events</a>
        </p>
      ) : (
        <p>When someone creates a key or imports a program, it appears here.</p>
      )}
    </EmptyState>
  );
}

import type { AuditLine } from "../../domain/access/audit/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import type { Page } from "../../lib/keyset.ts";
import { PageHeading } from "../parts/components.tsx";
import { formatAnyDay } from "../parts/format.ts";
import { auditHref, downloadHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { listPage } from "../parts/list-page.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { pagingOf } from "../parts/paging.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { LinkLine, Time, UserText } from "../parts/text.tsx";
import { ActedFrom, AuditDetails } from "./details.tsx";
import { AuditFilter, type AuditQuery } from "./filter.tsx";
import { AuditSentence, nameOfAction } from "./sentences.tsx";

/** One page of the audit log, and the filters that it answers. */
interface AuditPageProps {
  readonly page: PageContext;
  /** Newest first. */
  readonly found: Page<AuditLine, number>;
  readonly query: AuditQuery;
  /** By field: `from`, `until`. */
  readonly problems: FieldProblems;
}

/** Who changed what, when, from where. It prints well. */
export function auditPage(props: AuditPageProps): string {
  const { page, found, query } = props;
  const title = "Audit";
  return listPage({
    page,
    section: "/admin/audit",
    title,
    top: (
      <>
        <PageHeading title={title} />
        <p>
          Every change to API keys, programs, applications and people: who made it, when, and from where. CiviKey never
          changes or deletes an audit event.
        </p>
      </>
    ),
    region: "audit",
    summary: summaryOf(props),
    form: (
      <>
        <AuditFilter {...props} />
        <p class="civikey-printed">
          Printed <Time at={page.now} zone={page.zone} exact /> by <UserText text={page.email ?? ""} />.
        </p>
      </>
    ),
    downloads: [["Download CSV", downloadHref(auditHref(query))]],
    isEmpty: found.rows.length === 0,
    list: <Events {...props} />,
    advice: Object.values(query).some((value) => value !== "") ? (
      <LinkLine href="/admin/audit" text="Show all audit events" />
    ) : (
      <p>When someone creates a key or imports a program, it appears here.</p>
    ),
    ...pagingOf(found, (start) => auditHref(query, start)),
  });
}

function summaryOf({ found, query }: AuditPageProps): string {
  const filters = [
    query.who && ` by “${query.who}”`,
    query.what && `, ${nameOfAction(query.what)}`,
    query.key && `, API key “${query.key}”`,
    query.from && `, from ${formatAnyDay(query.from)}`,
    query.until && `, until ${formatAnyDay(query.until)}`,
  ];
  return summarizeList({
    ...found.total,
    noun: "audit event",
    filter: filters.filter(Boolean).join(""),
  });
}

const columns = ["When", "What", "From"];

function Events({ found, page }: AuditPageProps): JSX.Element {
  return (
    <DataTable caption="Audit events" columns={columns}>
      {found.rows.map((event) => (
        <Row columns={columns}>
          <div class="civikey-when">
            <Time at={event.at} zone={page.zone} exact />
          </div>
          <div class="civikey-happened">
            <AuditSentence event={event} />
            <AuditDetails
              details={event.details}
              page={page}
              without={event.apiKey ? ["name"] : event.program ? [] : ["email", "reason", "method"]}
            />
          </div>
          <ActedFrom event={event} />
        </Row>
      ))}
    </DataTable>
  );
}

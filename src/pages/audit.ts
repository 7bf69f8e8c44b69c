import { auditColumns } from "../domain/access/audit/columns.ts";
import { type AuditLine, auditListing } from "../domain/access/audit/list.ts";
import { searchOf } from "../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../http/page-guard/routes.ts";
import type { FieldProblems } from "../lib/errors.ts";
import { readPage } from "../lib/keyset.ts";
import { parseDate, startOfDay } from "../lib/time/times.ts";
import type { AuditQuery } from "../views/audit/filter.tsx";
import { auditPage } from "../views/audit/list.tsx";
import { nameOfAction } from "../views/audit/sentences.tsx";
import { framePage, type PageDeps, readId, respondWithHtml } from "./frame.ts";
import { readStart, respondWithCsv } from "./lists.ts";

const eventsPerPage = 50;
const columns = { ...auditColumns, what: ({ action }: AuditLine) => nameOfAction(action) };

/** The page of the audit log, which changes nothing. */
export function auditPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/audit", "see the audit trail", (call) => showAudit(deps, call)),
    rolePage("GET", "/admin/audit/download", "see the audit trail", (call) => {
      const { query, listing } = readList(deps, call);
      return respondWithCsv(deps, call, { name: "Audit events", filter: { ...query }, listing, columns });
    }),
  ];
}

async function showAudit(deps: PageDeps, call: RoleCall<"see the audit trail">): Promise<Response> {
  const { query, problems, listing } = readList(deps, call);
  const start = readStart(call.query, readId);
  const found = await readPage(listing, { ...start, limit: eventsPerPage });
  return respondWithHtml(auditPage({ page: framePage(deps, call.request), found, query, problems }));
}

/** The filters of an address, and what they leave of the log; an invalid day is ignored. */
function readList(deps: PageDeps, { query: parameters, actor }: RoleCall<"see the audit trail">) {
  const [who = "", what = "", key = "", from = "", until = ""] = ["who", "what", "key", "from", "until"].map((name) =>
    searchOf(parameters, name),
  );
  const query: AuditQuery = { who, what, key, from, until };
  const { zone } = deps.rules;
  const since = readDay(from) && startOfDay(from, zone);
  const dayAfter = readDay(until)?.add({ days: 1 });
  const end = dayAfter && startOfDay(dayAfter.toString(), zone);
  const problems: FieldProblems = {
    ...(from !== "" && !since ? { from: [dayProblem] } : {}),
    ...(until !== "" && !end ? { until: [dayProblem] } : {}),
  };
  const filter = { actor: who, action: what, key, ...(since && { since }), ...(end && { until: end }) };
  return { query, problems, listing: auditListing(deps.db, { actor, filter }) };
}

const dayProblem = "Enter a date such as 2026-01-31.";

/** Years 1000 to 2999 only: databases and browsers disagree about years before 1 and after 9999. */
function readDay(text: string) {
  return /^[12]\d{3}-/.test(text) ? parseDate(text) : undefined;
}

/** The audit log. */
import { listAuditEvents } from "../domain/access/audit/list.ts";
import { readPageQuery, searchOf } from "../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../http/page-guard/routes.ts";
import type { FieldProblems } from "../lib/errors.ts";
import { parseDate, startOfDay } from "../lib/time/times.ts";
import type { AuditQuery } from "../views/audit/filter.tsx";
import { auditPage } from "../views/audit/list.tsx";
import { framePage, type PageDeps, readId, respondWithHtml } from "./frame.ts";

const eventsPerPage = 50;

/** The page of the audit log, which changes nothing. */
export function auditPages(deps: PageDeps): PageRoute[] {
  return [rolePage("GET", "/admin/audit", "see the audit trail", (call) => showAudit(deps, call))];
}

async function showAudit(deps: PageDeps, { request, actor }: RoleCall<"see the audit trail">): Promise<Response> {
  const parameters = readPageQuery(request);
  const query = readQuery(parameters);
  const { zone } = deps.rules;
  const since = readDay(query.from) && startOfDay(query.from, zone);
  const dayAfter = readDay(query.until)?.add({ days: 1 });
  const until = dayAfter && startOfDay(dayAfter.toString(), zone);
  const before = readId(parameters.get("before"));
  const found = await listAuditEvents(deps.db, {
    actor,
    filter: {
      actor: query.who,
      action: query.what,
      key: query.key,
      ...(since && { since }),
      ...(until && { until }),
    },
    limit: eventsPerPage,
    before,
  });
  const problems: FieldProblems = {
    ...(query.from !== "" && !since ? { from: [dayProblem] } : {}),
    ...(query.until !== "" && !until ? { until: [dayProblem] } : {}),
  };
  const isOlder = before !== undefined;
  const props = { page: framePage(deps, request), ...found, isOlder, query, problems };
  return respondWithHtml(auditPage(props));
}

function readQuery(parameters: URLSearchParams): AuditQuery {
  const [who = "", what = "", key = "", from = "", until = ""] = ["who", "what", "key", "from", "until"].map((name) =>
    searchOf(parameters, name),
  );
  return { who, what, key, from, until };
}

const dayProblem = "Enter a date such as 2026-01-31.";

/** Years 1000 to 2999 only: databases and browsers disagree about years before 1 and after 9999. */
function readDay(text: string) {
  return /^[12]\d{3}-/.test(text) ? parseDate(text) : undefined;
}

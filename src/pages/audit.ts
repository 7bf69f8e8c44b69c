/** The audit log. */
import { Elysia } from "elysia";
import { listAuditEvents } from "../domain/access/audit/list.ts";
import { readPageQuery } from "../http/page-guard/forms.ts";
import { requireAdmin } from "../http/page-guard/require-admin.ts";
import type { FieldProblems } from "../lib/errors.ts";
import { parseDate, startOfDay } from "../lib/time/times.ts";
import type { AuditQuery } from "../views/audit/filter.tsx";
import { auditFragment, auditPage } from "../views/audit/list.tsx";
import { framePage, type PageDeps, readId, respondWithHtml, wantsFragment } from "./frame.ts";

const eventsPerPage = 50;

/** The page of the audit log, which changes nothing. */
export function auditPages(deps: PageDeps) {
  return new Elysia({ name: "audit-pages" })
    .use(requireAdmin(deps))
    .get("/admin/audit", ({ request }) => showAudit(deps, request));
}

async function showAudit(deps: PageDeps, request: Request): Promise<Response> {
  const parameters = readPageQuery(request);
  const query = readQuery(parameters);
  const { zone } = deps.rules;
  const since = readDay(query.from) && startOfDay(query.from, zone);
  const dayAfter = readDay(query.until)?.add({ days: 1 });
  const until = dayAfter && startOfDay(dayAfter.toString(), zone);
  const before = readId(parameters.get("before"));
  const found = await listAuditEvents(deps.db, {
    filter: {
      actor: query.who,
      action: query.what,
      key: query.key,
      ...(since && { since }),
      ...(until && { until }),
    },
    limit: eventsPerPage,
    ...(before === undefined ? {} : { before }),
  });
  const problems: FieldProblems = {
    ...(query.from !== "" && !since ? { from: [dayProblem] } : {}),
    ...(query.until !== "" && !until ? { until: [dayProblem] } : {}),
  };
  const isOlder = before !== undefined;
  const props = { page: framePage(deps, request), ...found, isOlder, query, problems };
  return respondWithHtml(wantsFragment(request) ? auditFragment(props) : auditPage(props));
}

function readQuery(parameters: URLSearchParams): AuditQuery {
  const textOf = (name: string) => (parameters.get(name) ?? "").trim().slice(0, 200);
  return {
    who: textOf("who"),
    what: textOf("what"),
    key: textOf("key"),
    from: textOf("from"),
    until: textOf("until"),
  };
}

const dayProblem = "Enter a date such as 2026-01-31.";

/** Years 1000 to 2999 only: databases and browsers disagree about years before 1 and after 9999. */
function readDay(text: string) {
  return /^[12]\d{3}-/.test(text) ? parseDate(text) : undefined;
}

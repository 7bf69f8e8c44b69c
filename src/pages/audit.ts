/** The audit trail (spec 3). */
import { Elysia } from "elysia";
import { listAuditEvents } from "../domain/audit-trail.ts";
import type { FieldProblems } from "../domain/errors.ts";
import { addDays, parseDate, startOfDay } from "../domain/times.ts";
import { readPageQuery } from "../http/forms.ts";
import { requireAdmin } from "../http/require-admin.ts";
import { auditFragment, auditPage } from "../views/audit.tsx";
import { framePage, type PageDeps, readId, respondWithHtml, wantsFragment } from "./frame.ts";

const eventsPerPage = 50;

/** The page of the audit trail. There is nothing to change on it. */
export function auditPages(deps: PageDeps) {
  return new Elysia({ name: "audit-pages" })
    .use(requireAdmin(deps))
    .get("/admin/audit", ({ request }) => showAudit(deps, request));
}

async function showAudit(deps: PageDeps, request: Request): Promise<Response> {
  const parameters = readPageQuery(request);
  const textOf = (name: string) => (parameters.get(name) ?? "").trim().slice(0, 200);
  const query = {
    actor: textOf("actor"),
    action: textOf("action"),
    key: textOf("key"),
    from: textOf("from"),
    to: textOf("to"),
  };
  const { zone } = deps.rules;
  const since = startOfDay(query.from, zone);
  const until = parseDate(query.to) && startOfDay(addDays(query.to, 1), zone);
  const before = readId(parameters.get("before"));
  const { actor, action, key } = query;
  const found = await listAuditEvents(deps.db, {
    filter: { actor, action, key, ...(since && { since }), ...(until && { until }) },
    limit: eventsPerPage,
    ...(before === undefined ? {} : { before }),
  });
  const problems: FieldProblems = {
    ...(query.from !== "" && !since ? { from: [dayProblem] } : {}),
    ...(query.to !== "" && !until ? { to: [dayProblem] } : {}),
  };
  const props = { page: framePage(deps, request), ...found, query, problems };
  return respondWithHtml(wantsFragment(request) ? auditFragment(props) : auditPage(props));
}

const dayProblem = "This is not a date such as 2026-01-31.";

import { listAlerts } from "../domain/access/alerts/milestones.ts";
import { sendTestAlerts, type TestOutcomes } from "../domain/access/alerts/send-test.ts";
import type { SettingsReader } from "../domain/access/people/roles.ts";
import { getContext } from "../http/context.ts";
import { type PageCall, type PageRoute, rolePage } from "../http/page-guard/routes.ts";
import { settingsPage } from "../views/settings/page.tsx";
import { framePage, type PageDeps, respondWithHtml } from "./frame.ts";

/** How many deliveries are shown. */
const alertsMax = 20;

/** The page of the settings in effect and the alerts that were delivered, and its button that sends tests. */
export function settingsPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/settings", "see settings", (call) => show(deps, call, null)),
    rolePage("POST", "/admin/settings/test", "send test alerts", async (call) => {
      const { trace } = getContext(call.request);
      return show(deps, call, await sendTestAlerts(deps.channels, { now: call.now, trace }));
    }),
  ];
}

async function show(
  deps: PageDeps,
  { request, actor }: PageCall & { actor: SettingsReader },
  outcomes: TestOutcomes | null,
): Promise<Response> {
  const markup = settingsPage({
    page: framePage(deps, request),
    settings: { ...deps.settings, BASE_URL: deps.baseUrl() },
    alerts: await listAlerts(deps.db, { actor, limit: alertsMax }),
    outcomes,
  });
  return respondWithHtml(markup);
}

import { Elysia } from "elysia";
import { withKeptForm } from "../http/page-guard/kept-form.ts";
import { requireSession } from "../http/page-guard/require-session.ts";
import { openPage, type PageRoute } from "../http/page-guard/routes.ts";
import { linkPages } from "./account/links.ts";
import { accountPages } from "./account/overview.ts";
import { passkeyPages } from "./account/passkey.ts";
import { secondFactorPages } from "./account/second-factors.ts";
import { secondStepPages } from "./account/second-step.ts";
import { sessionPages } from "./account/session.ts";
import { setUpFactorPages } from "./account/set-up-factor.ts";
import { setupPages } from "./account/setup.ts";
import { signInPages } from "./account/sign-in.ts";
import { signOnPages } from "./account/sign-on.ts";
import { signOutPages } from "./account/sign-out.ts";
import { applicationPages } from "./applications.ts";
import { auditPages } from "./audit.ts";
import { apiDocsPages } from "./docs.ts";
import { eraseApplicationPages } from "./erase-application.ts";
import { type PageDeps, seeOther } from "./frame.ts";
import { newApiKeyPages } from "./keys/create.ts";
import { dismissSuggestionPages } from "./keys/dismiss.ts";
import { apiKeyPages } from "./keys/key.ts";
import { apiKeyListPages } from "./keys/list.ts";
import { narrowApiKeyPages } from "./keys/narrow.ts";
import { retireApiKeyPages } from "./keys/retire.ts";
import { rotateApiKeyPages } from "./keys/rotate.ts";
import { personActionPages } from "./people/action.ts";
import { peoplePages } from "./people/list.ts";
import { rolesPages } from "./people/roles.ts";
import { importProgramPages } from "./programs/import.ts";
import { keepProgramPages } from "./programs/keep.ts";
import { programListPages } from "./programs/list.ts";
import { programPages } from "./programs/program.ts";
import { publishProgramPages } from "./programs/publish.ts";
import { applicationSyncPages } from "./programs/sync.ts";
import { refusalPages } from "./refusals.ts";
import { settingsPages } from "./settings.ts";
import { versionPages } from "./versions.ts";

/** Every page; `/` redirects to where people begin. */
export function pageRoutes(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", "/", () => seeOther("/admin")),
    ...setupPages(deps),
    ...signInPages(deps),
    ...signOnPages(deps),
    ...signOutPages(deps),
    ...sessionPages(deps),
    ...secondStepPages(deps),
    ...passkeyPages(deps),
    ...secondFactorPages(deps),
    ...setUpFactorPages(deps),
    ...newApiKeyPages(deps),
    ...apiKeyListPages(deps),
    ...apiKeyPages(deps),
    ...retireApiKeyPages(deps),
    ...rotateApiKeyPages(deps),
    ...narrowApiKeyPages(deps),
    ...dismissSuggestionPages(deps),
    ...importProgramPages(deps),
    ...programListPages(deps),
    ...programPages(deps),
    ...publishProgramPages(deps),
    ...applicationSyncPages(deps),
    ...keepProgramPages(deps),
    ...applicationPages(deps),
    ...eraseApplicationPages(deps),
    ...refusalPages(deps),
    ...settingsPages(deps),
    ...versionPages(),
    ...auditPages(deps),
    ...peoplePages(deps),
    ...rolesPages(deps),
    ...personActionPages(deps),
    ...linkPages(deps),
    ...accountPages(deps),
    ...apiDocsPages(deps),
  ];
}

/** Mounts every page behind the guard of `/admin`. */
export function pages(deps: PageDeps) {
  const routes = pageRoutes(deps);
  const guarded = { ...deps, pageOfForm: findPagesOfForms(routes) };
  const app = new Elysia({ name: "pages" }).use(requireSession(guarded));
  for (const { method, path, respond } of routes) {
    // Elysia catches what an asynchronous handler throws only if it is declared `async`.
    app.route(
      method,
      path,
      async ({ request, params }) => withKeptForm(guarded, request, () => respond(request, params)),
      { parse: "none" },
    );
  }
  return app;
}

/** Forms that are sent to the address of a list, and are on pages of their own. */
const pagesOfForms: Readonly<Record<string, string>> = {
  "/admin/apiKeys": "/admin/apiKeys/new",
  "/admin/programs": "/admin/programs/import",
};

/** The page that a form is on: the one at the path that it is sent to, or the next above. */
function findPagesOfForms(routes: readonly PageRoute[]): (path: string) => string {
  const paths = routes.filter(({ method }) => method === "GET").map(({ path }) => path);
  const patterns = paths.map((path) => new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`));
  const isPage = (path: string) => patterns.some((pattern) => pattern.test(path));
  return (path) => {
    let at = pagesOfForms[path] ?? path;
    while (at !== "" && !isPage(at)) at = at.slice(0, at.lastIndexOf("/"));
    return at || "/admin/apiKeys";
  };
}

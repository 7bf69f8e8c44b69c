/** All pages; `/` redirects to the API keys. */
import { Elysia } from "elysia";
import { accountPages } from "./account/overview.ts";
import { signInPages } from "./account/sign-in.ts";
import { signOnPages } from "./account/sign-on.ts";
import { signOutPages } from "./account/sign-out.ts";
import { applicationPages } from "./applications.ts";
import { auditPages } from "./audit.ts";
import { apiDocsPages } from "./docs.ts";
import { type PageDeps, seeOther } from "./frame.ts";
import { newApiKeyPages } from "./keys/create.ts";
import { apiKeyPages } from "./keys/key.ts";
import { apiKeyListPages } from "./keys/list.ts";
import { narrowApiKeyPages } from "./keys/narrow.ts";
import { retireApiKeyPages } from "./keys/retire.ts";
import { rotateApiKeyPages } from "./keys/rotate.ts";
import { importProgramPages } from "./programs/import.ts";
import { programListPages } from "./programs/list.ts";
import { programPages } from "./programs/program.ts";
import { publishProgramPages } from "./programs/publish.ts";
import { applicationSyncPages } from "./programs/sync.ts";
import { refusalPages } from "./refusals.ts";

/** Mounts every page. */
export function pages(deps: PageDeps) {
  return new Elysia({ name: "pages" })
    .get("/", () => seeOther("/admin/apiKeys"))
    .use(signInPages(deps))
    .use(signOnPages(deps))
    .use(signOutPages(deps))
    .use(newApiKeyPages(deps))
    .use(apiKeyListPages(deps))
    .use(apiKeyPages(deps))
    .use(retireApiKeyPages(deps))
    .use(rotateApiKeyPages(deps))
    .use(narrowApiKeyPages(deps))
    .use(importProgramPages(deps))
    .use(programListPages(deps))
    .use(programPages(deps))
    .use(publishProgramPages(deps))
    .use(applicationSyncPages(deps))
    .use(applicationPages(deps))
    .use(refusalPages(deps))
    .use(auditPages(deps))
    .use(accountPages(deps))
    .use(apiDocsPages(deps));
}

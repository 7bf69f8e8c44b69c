/** All pages. `/` leads to the first of them. */
import { Elysia } from "elysia";
import { accountPages } from "./account.ts";
import { apiDocsPages } from "./api-docs.ts";
import { apiKeyPages } from "./api-keys.ts";
import { applicationSyncPages } from "./application-sync.ts";
import { applicationPages } from "./applications.ts";
import { auditPages } from "./audit.ts";
import { type PageDeps, seeOther } from "./frame.ts";
import { importProgramPages } from "./import-program.ts";
import { narrowApiKeyPages } from "./narrow-api-key.ts";
import { newApiKeyPages } from "./new-api-key.ts";
import { programPages } from "./programs.ts";
import { refusalPages } from "./refusals.ts";
import { rotateApiKeyPages } from "./rotate-api-key.ts";
import { signInPages } from "./sign-in.ts";

/** Mounts every page. */
export function pages(deps: PageDeps) {
  return new Elysia({ name: "pages" })
    .get("/", () => seeOther("/admin/apiKeys"))
    .use(signInPages(deps))
    .use(newApiKeyPages(deps))
    .use(apiKeyPages(deps))
    .use(rotateApiKeyPages(deps))
    .use(narrowApiKeyPages(deps))
    .use(importProgramPages(deps))
    .use(programPages(deps))
    .use(applicationSyncPages(deps))
    .use(applicationPages(deps))
    .use(refusalPages(deps))
    .use(auditPages(deps))
    .use(accountPages(deps))
    .use(apiDocsPages(deps));
}

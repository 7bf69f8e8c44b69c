import { escapeHtml } from "@kitajs/html";
import type { ApiKey } from "../domain/api-keys.ts";
import type { AuditEntry } from "./audit-entries.tsx";
import { AuditEntries } from "./audit-entries.tsx";
import { Code, Fact, Facts, Name, PageHeading, Time } from "./components.tsx";
import { formatCount } from "./format.ts";
import { Expires, Grants, LastUsed, StateBadge, Subnets } from "./key-facts.tsx";
import { Layout, type PageContext, toHtml } from "./layout.tsx";

/** What the page of one API key shows. */
export interface ApiKeyPageProps {
  readonly page: PageContext;
  readonly apiKey: ApiKey;
  /** Newest first. */
  readonly auditEvents: readonly AuditEntry[];
}

/** Everything about one API key, and what can be done with it. */
export function apiKeyPage({ page, apiKey, auditEvents }: ApiKeyPageProps): string {
  return toHtml(
    <Layout page={page} title={apiKey.name} section="/admin/apiKeys">
      <p class="civikey-back">
        <a href="/admin/apiKeys">API keys</a>
      </p>
      <PageHeading title={apiKey.name} beside={<StateBadge apiKey={apiKey} page={page} />}>
        {apiKey.state !== "retired" && (
          <a
            class="usa-button usa-button--outline civikey-danger"
            href={`/admin/apiKeys/${apiKey.id}/retire`}
          >
            Retire key
          </a>
        )}
      </PageHeading>
      <Details apiKey={apiKey} page={page} />
      <h2>Allowed programs</h2>
      <Grants apiKey={apiKey} shown={20} />
      <h2>Audit events</h2>
      <AuditEntries entries={auditEvents} page={page} />
    </Layout>,
  );
}

function Details({ apiKey, page }: { apiKey: ApiKey; page: PageContext }): JSX.Element {
  return (
    <Facts wide>
      <Fact name="Key ID">
        <Code text={apiKey.keyId} />
      </Fact>
      <Fact name={apiKey.state === "expired" ? "Expired on" : "Expires on"}>
        <Expires apiKey={apiKey} page={page} />
      </Fact>
      <Fact name="Last used">
        <LastUsed apiKey={apiKey} page={page} exact />
      </Fact>
      <Fact name="Call count">{escapeHtml(formatCount(apiKey.callCount))}</Fact>
      <Fact name="Allowed subnets">
        <Subnets apiKey={apiKey} shown={12} />
      </Fact>
      <Fact name="Contact e-mail">
        <Name text={apiKey.contactEmail ?? "None"} />
      </Fact>
      <Fact name="Created">
        <Time at={apiKey.createdAt} zone={page.zone} exact /> by <Name text={apiKey.createdBy} />
      </Fact>
      {apiKey.retiredAt !== null && (
        <Fact name="Retired">
          <Time at={apiKey.retiredAt} zone={page.zone} exact /> by{" "}
          <Name text={apiKey.retiredBy ?? "N/A"} />
        </Fact>
      )}
      {apiKey.note !== null && (
        <Fact name="Note">
          <p class="civikey-note" dir="auto" safe>
            {apiKey.note}
          </p>
        </Fact>
      )}
    </Facts>
  );
}

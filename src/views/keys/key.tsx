import { Html } from "@elysiajs/html";
import type { AuditEvent } from "../../domain/access/audit/list.ts";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { Suggestion } from "../../domain/access/suggestions/rules.ts";
import type { AddressCalls, ProgramCalls } from "../../domain/access/usage/breakdown.ts";
import { AuditEntries } from "../audit/entries.tsx";
import { readDetail } from "../audit/sentences.tsx";
import { ButtonLink, SubmitButton } from "../parts/buttons.tsx";
import { Alert, PageHeading } from "../parts/components.tsx";
import { Fact, Facts, More, NoteFact } from "../parts/facts.tsx";
import { formatCount } from "../parts/format.ts";
import { auditHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { Back, LinkLine, Time, UserText } from "../parts/text.tsx";
import { Expires, LastUsed, LinkedKey, StateBadge, Subnets } from "./facts.tsx";
import { PagedGrants } from "./grants.tsx";
import { Health, type KeyHealth } from "./health.tsx";
import { nobodyIsWarned } from "./preview.tsx";
import { type KeyRefusals, RefusalsOfKey } from "./refusals.tsx";
import { Suggestions } from "./suggestions.tsx";
import { keyActions } from "./table.tsx";
import { Usage } from "./usage.tsx";

/** What the page of one API key shows. */
interface ApiKeyPageProps extends KeyHealth {
  readonly page: PageContext;
  /** The first grant to show, counted from 0; 0 without it. */
  readonly grantsFrom?: number;
  /** Newest first; null for people who may not see them. */
  readonly auditEvents: readonly AuditEvent[] | null;
  readonly programCalls: readonly ProgramCalls[];
  readonly addressCalls: readonly AddressCalls[];
  readonly refusals: KeyRefusals;
  /** None without it. */
  readonly suggestions?: readonly Suggestion[];
  /** Whether anybody is warned before the key expires. */
  readonly isWarnedOf: boolean;
}

/** Everything about one API key, and what can be done with it. */
export function apiKeyPage(props: ApiKeyPageProps): string {
  const { page, apiKey, auditEvents, refusals } = props;
  return toHtml(
    <Layout page={page} title={apiKey.name} section="/admin/apiKeys">
      <Back href="/admin/apiKeys" name="API keys" />
      <PageHeading title={apiKey.name} beside={<StateBadge apiKey={apiKey} page={page} />}>
        {page.may("change keys") && <Actions apiKey={apiKey} />}
      </PageHeading>
      {apiKey.retiredAt !== null && <Retirement {...props} />}
      <Health {...props} />
      <Suggestions page={page} apiKey={apiKey} suggestions={props.suggestions ?? []} />
      <h2>Details</h2>
      <Details {...props} />
      <h2 id="programs">Allowed programs</h2>
      <PagedGrants apiKey={apiKey} from={props.grantsFrom ?? 0} />
      <Usage {...props} />
      <h2>Refused calls</h2>
      <RefusalsOfKey apiKey={apiKey} page={page} {...refusals} />
      {auditEvents !== null && (
        <>
          <h2>Audit events</h2>
          <AuditEntries entries={auditEvents} page={page} />
        </>
      )}
      {auditEvents !== null && auditEvents.length > 0 && (
        <LinkLine href={auditHref({ key: apiKey.keyId })} text="Show in the audit log" />
      )}
    </Layout>,
  );
}

/** Who ended the key, and why, as far as the audit trail may be seen. */
function Retirement({ apiKey, page, auditEvents }: ApiKeyPageProps): JSX.Element {
  const event = auditEvents?.find(({ action }) => action === "api_key.retired");
  const reason = event && readDetail(event.details, "reason");
  return (
    <Alert tone="info">
      Retired on <Time at={apiKey.retiredAt} zone={page.zone} exact /> by{" "}
      <UserText text={apiKey.retiredBy ?? "unknown"} />.{" "}
      {reason === undefined ? undefined : (
        <>
          Reason: <UserText text={reason} />
        </>
      )}
    </Alert>
  );
}

function Actions({ apiKey }: { apiKey: ApiKey }): JSX.Element {
  return (
    <>
      {/* Not a link: nothing but a program is taken from an address. */}
      <form method="post" action="/admin/apiKeys/new">
        <SubmitButton text="Copy to a new key" look="outline" name="copyOf" value={String(apiKey.id)} />
      </form>
      {keyActions(apiKey).map(({ label, href, isDangerous }) => (
        <ButtonLink href={href} text={label} look={isDangerous ? "toDanger" : "outline"} />
      ))}
    </>
  );
}

function Details({ apiKey, page, isWarnedOf }: ApiKeyPageProps): JSX.Element {
  return (
    <Facts wide>
      <Fact name="Key ID" code={apiKey.keyId} />
      <Expires apiKey={apiKey} page={page} />
      {apiKey.renewUntil !== null && (
        <Fact name="Can replace itself until">
          <Time at={apiKey.renewUntil} zone={page.zone} />
        </Fact>
      )}
      {apiKey.callCount !== null && (
        <>
          <LastUsed apiKey={apiKey} page={page} exact />
          <Fact name="Call count">{Html.escapeHtml(formatCount(apiKey.callCount))}</Fact>
        </>
      )}
      <Fact name="Allowed subnets">
        <Subnets apiKey={apiKey} shown={12} />
      </Fact>
      <Fact name="Contact e-mail" text={apiKey.contactEmail ?? "None"}>
        {apiKey.state === "active" && !isWarnedOf && <More>{nobodyIsWarned}</More>}
      </Fact>
      <Fact name="Created">
        <Time at={apiKey.createdAt} zone={page.zone} exact /> by <UserText text={apiKey.createdBy} />
      </Fact>
      <LinkedKey name="Replaces" apiKey={apiKey.predecessor} />
      <LinkedKey name="Replaced by" apiKey={apiKey.successor} />
      <NoteFact note={apiKey.note} />
    </Facts>
  );
}

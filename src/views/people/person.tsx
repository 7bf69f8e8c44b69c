import { Html } from "@elysiajs/html";
import type { PersonInFull } from "../../domain/access/people/list.ts";
import type { ListedSession } from "../../domain/access/people/sessions.ts";
import { nameBrowser } from "../parts/browser-name.ts";
import { attribute, Back, Code, Fact, Facts, PageHeading, Time } from "../parts/components.tsx";
import { formatCount, formatTimeAgo } from "../parts/format.ts";
import { auditHref, personHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { PersonBadge, Roles, SecondFactors, SignInWays } from "./facts.tsx";

/** What the page of one person shows. */
interface PersonPageProps {
  readonly page: PageContext;
  readonly person: PersonInFull;
  /** The newest first. */
  readonly sessions: readonly ListedSession[];
}

/** One person: what they may do, how they sign in and where, and what can be done about it. */
export function personPage({ page, person, sessions }: PersonPageProps): string {
  return toHtml(
    <Layout page={page} title={person.email} section="/admin/people">
      <Back href="/admin/people" name="People" />
      <PageHeading title={person.email} beside={<PersonBadge person={person} now={page.now} />}>
        {page.may("change people") && <Actions person={person} />}
      </PageHeading>
      <Facts wide>
        <Fact name="Roles">
          <Roles roles={person.roles} />
        </Fact>
        <Fact name="Signs in with">
          <SignInWays person={person} />
        </Fact>
        <Fact name="Second factor">
          <SecondFactors person={person} />
        </Fact>
        <Fact name="Last sign-in">
          <Time at={person.lastSignedInAt} zone={page.zone} exact none="Never" />
        </Fact>
        <Fact name="Added">
          <Time at={person.createdAt} zone={page.zone} exact />
        </Fact>
        {person.disabledAt !== null && (
          <Fact name="Disabled">
            <Time at={person.disabledAt} zone={page.zone} exact />
          </Fact>
        )}
        <Fact name="Keys they made">{Html.escapeHtml(`${formatCount(person.keyCount)} active`)}</Fact>
      </Facts>
      <p>
        <a href={attribute(auditHref({ who: person.email }))}>Show what they did in the audit log</a>
      </p>
      <h2>Sessions</h2>
      <Sessions sessions={sessions} page={page} />
    </Layout>,
  );
}

function Actions({ person }: { person: PersonInFull }): JSX.Element {
  const href = personHref(person.id);
  const outline = "usa-button usa-button--outline";
  if (person.state === "disabled") {
    return (
      <a class="usa-button" href={`${href}/enable`}>
        Enable
      </a>
    );
  }
  return (
    <>
      {person.state === "invited" && (
        <a class="usa-button" href={`${href}/invite`}>
          New invitation link
        </a>
      )}
      <a class={outline} href={`${href}/roles`}>
        Change roles
      </a>
      {(person.passkeyCount > 0 || person.hasAuthenticatorApp) && (
        <a class={outline} href={`${href}/resetSecondFactor`}>
          Reset second factor
        </a>
      )}
      {person.sessionCount > 0 && (
        <a class={outline} href={`${href}/endSessions`}>
          End sessions
        </a>
      )}
      <a class={`${outline} civikey-danger`} href={`${href}/disable`}>
        Disable
      </a>
    </>
  );
}

const columns = ["Browser", "Started", "Last seen", "From"];

function Sessions({ sessions, page }: Pick<PersonPageProps, "sessions" | "page">): JSX.Element {
  if (sessions.length === 0) return <p class="civikey-quiet">They aren’t signed in anywhere.</p>;
  return (
    <DataTable caption="Sessions" columns={columns}>
      {sessions.map((session) => (
        <Row columns={columns}>
          <span title={attribute(session.userAgent ?? "")} safe>
            {nameBrowser(session.userAgent)}
          </span>
          <Time at={session.startedAt} zone={page.zone} exact />
          <time datetime={session.lastSeenAt.toISOString()} safe>
            {formatTimeAgo(session.lastSeenAt, page.now)}
          </time>
          {session.address === null ? "Unknown" : <Code text={session.address} />}
        </Row>
      ))}
    </DataTable>
  );
}

import { Html } from "@elysiajs/html";
import type { PersonInFull } from "../../domain/access/people/list.ts";
import type { ListedSession } from "../../domain/access/people/sessions.ts";
import { ButtonLink } from "../parts/buttons.tsx";
import { PageHeading } from "../parts/components.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { formatCount } from "../parts/format.ts";
import { auditHref, personHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { Back, LinkLine, Time } from "../parts/text.tsx";
import { PersonBadge, Roles, SecondFactors, SignInWays } from "./facts.tsx";
import { SessionTable } from "./sessions.tsx";

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
      <LinkLine href={auditHref({ who: person.email })} text="Show what they did in the audit log" />
      <h2>Sessions</h2>
      {sessions.length === 0 ? (
        <p class="civikey-quiet">They aren’t signed in anywhere.</p>
      ) : (
        <SessionTable sessions={sessions} page={page} />
      )}
    </Layout>,
  );
}

function Actions({ person }: { person: PersonInFull }): JSX.Element {
  const href = personHref(person.id);
  if (person.state === "disabled") return <ButtonLink href={`${href}/enable`} text="Enable" />;
  return (
    <>
      {person.state === "invited" && <ButtonLink href={`${href}/invite`} text="New invitation link" />}
      <ButtonLink href={`${href}/roles`} text="Change roles" look="outline" />
      {(person.passkeyCount > 0 || person.hasAuthenticatorApp) && (
        <ButtonLink href={`${href}/resetSecondFactor`} text="Reset second factor" look="outline" />
      )}
      {person.sessionCount > 0 && <ButtonLink href={`${href}/endSessions`} text="End sessions" look="outline" />}
      <ButtonLink href={`${href}/disable`} text="Disable" look="toDanger" />
    </>
  );
}

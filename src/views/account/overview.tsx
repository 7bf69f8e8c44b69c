import type { OwnSession } from "../../domain/access/people/account.ts";
import type { SecondFactors } from "../../domain/access/people/factors/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { nameBrowser } from "../parts/browser-name.ts";
import { Alert, attribute, Badge, Code, LinkLine, PageHeading, Time, UserText } from "../parts/components.tsx";
import { formatTimeAgo } from "../parts/format.ts";
import { ErrorSummary, Field, formTitle } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { ChosenPassword, PasswordOwner } from "../parts/password-fields.tsx";
import { sessionPath } from "../parts/session-watch.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { SecondFactorSection } from "./second-factors.tsx";

/** What the page of one's own account shows. */
interface AccountPageProps {
  readonly page: PageContext;
  /** Null for somebody whom a sign-on provider signs in. */
  readonly factors: SecondFactors | null;
  readonly requiresSecondFactor: boolean;
  /** The newest first. */
  readonly sessions: readonly OwnSession[];
  /** Null where one cannot be set. */
  readonly password: "set" | "none" | null;
  /** By field: `currentPassword`, `password`, `passwordAgain`. */
  readonly problems: FieldProblems;
}

/** One's own password (`POST /admin/account/password`), and the browsers that are signed in. */
export function accountPage(props: AccountPageProps): string {
  const { page, factors, requiresSecondFactor, sessions, password, problems } = props;
  return toHtml(
    <Layout page={page} title={formTitle("Account", problems)}>
      <ErrorSummary problems={problems} />
      <PageHeading title="Account" />
      <p>
        You are signed in as <UserText text={page.email ?? ""} />.
      </p>
      {page.nav.length === 0 && (
        <Alert tone="info">
          You don’t have a role yet, so there is nothing else to open. Ask an admin to give you one.
        </Alert>
      )}
      <h2>Sessions</h2>
      <p safe>
        {`These browsers are signed in as you. If you don’t recognize a session, end it${password === "set" ? " and change your password" : ""}.`}
      </p>
      <Sessions page={page} sessions={sessions} />
      <LinkLine href={sessionPath} text="See when this session ends" />
      <form class="civikey-form" method="post" action="/admin/account/signOutEverywhere">
        <div class="civikey-actions">
          <button type="submit" class="usa-button usa-button--outline">
            Sign out everywhere
          </button>
        </div>
      </form>
      {factors !== null && <SecondFactorSection page={page} factors={factors} isRequired={requiresSecondFactor} />}
      {password !== null && <PasswordForm page={page} isFirst={password === "none"} problems={problems} />}
    </Layout>,
  );
}

const columns = ["Browser", "Started", "Last seen", "From", "End"];

function Sessions(props: { page: PageContext; sessions: readonly OwnSession[] }): JSX.Element {
  const { page, sessions } = props;
  return (
    <DataTable caption="Sessions" columns={columns}>
      {sessions.map((session) => (
        <Row columns={columns}>
          <div>
            <span title={attribute(session.userAgent ?? "")} safe>
              {nameBrowser(session.userAgent)}
            </span>{" "}
            {session.isCurrent && <Badge tone="good" text="This browser" />}
          </div>
          <Time at={session.startedAt} zone={page.zone} exact />
          <time datetime={session.lastSeenAt.toISOString()} safe>
            {formatTimeAgo(session.lastSeenAt, page.now)}
          </time>
          {session.address === null ? "Unknown" : <Code text={session.address} />}
          {session.isCurrent ? <SignOut /> : <EndSession session={session} />}
        </Row>
      ))}
    </DataTable>
  );
}

function SignOut(): JSX.Element {
  return (
    <form method="post" action="/logout">
      <button type="submit" class="usa-button usa-button--unstyled">
        Sign out
      </button>
    </form>
  );
}

function EndSession({ session }: { session: OwnSession }): JSX.Element {
  return (
    <form method="post" action={`/admin/account/sessions/${session.id}/end`}>
      <button type="submit" class="usa-button usa-button--unstyled">
        End session
        <span class="usa-sr-only" safe>{` of ${nameBrowser(session.userAgent)}`}</span>
      </button>
    </form>
  );
}

function PasswordForm(props: { page: PageContext; isFirst: boolean; problems: FieldProblems }): JSX.Element {
  const { page, isFirst, problems } = props;
  const verb = isFirst ? "Set a password" : "Change password";
  return (
    <form class="civikey-form" method="post" action="/admin/account/password" novalidate>
      <h2>{verb}</h2>
      <p safe>{`${isFirst ? "You don’t have one yet. Setting one" : "Changing it"} signs out your other sessions.`}</p>
      <PasswordOwner page={page} />
      {!isFirst && (
        <Field
          name="currentPassword"
          label="Current password"
          type="password"
          autocomplete="current-password"
          required
          problems={problems.currentPassword}
        />
      )}
      <ChosenPassword label="New password" problems={problems} />
      <Field
        name="passwordAgain"
        label="Confirm new password"
        type="password"
        autocomplete="new-password"
        required
        problems={problems.passwordAgain}
      />
      <div class="civikey-actions">
        <button type="submit" class="usa-button">
          {verb}
        </button>
      </div>
    </form>
  );
}

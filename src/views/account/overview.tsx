import type { OwnSession } from "../../domain/access/people/account.ts";
import type { SecondFactors } from "../../domain/access/people/factors/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { SubmitButton } from "../parts/buttons.tsx";
import { Alert, PageHeading } from "../parts/components.tsx";
import { ErrorSummary, Field, formTitle } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { ChosenPassword, PasswordOwner } from "../parts/password-fields.tsx";
import { sessionPath } from "../parts/session-watch.tsx";
import { LinkLine, UserText } from "../parts/text.tsx";
import { SessionTable } from "../people/sessions.tsx";
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
      <SessionTable page={page} sessions={sessions} areOwn />
      <LinkLine href={sessionPath} text="See when this session ends" />
      <form class="civikey-form" method="post" action="/admin/account/signOutEverywhere">
        <div class="civikey-actions">
          <SubmitButton text="Sign out everywhere" look="outline" />
        </div>
      </form>
      {factors !== null && <SecondFactorSection page={page} factors={factors} isRequired={requiresSecondFactor} />}
      {password !== null && <PasswordForm page={page} isFirst={password === "none"} problems={problems} />}
    </Layout>,
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
        <SubmitButton text={verb} />
      </div>
    </form>
  );
}

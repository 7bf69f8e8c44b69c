import type { SecondFactors } from "../../domain/access/people/factors/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { attribute } from "../parts/components.tsx";
import { ErrorSummary, formTitle } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { PasskeyButton } from "../parts/passkey-button.tsx";
import { CodeField, codeFields } from "../parts/password-fields.tsx";

/** What the step after the password shows. */
interface SecondStepPageProps {
  readonly page: PageContext;
  /** What the person has. */
  readonly factors: SecondFactors;
  /** Where to go after it: a path of this site that the handler has checked. */
  readonly next: string;
  /** By field: `code`, `recoveryCode`. */
  readonly problems: FieldProblems;
}

/** The second step of signing in: a passkey (`POST /login/passkey`), or a code (`POST /login/secondFactor`). */
export function secondStepPage({ page, factors, next, problems }: SecondStepPageProps): string {
  const { passkeys, app, recoveryCodes } = factors;
  const title = "Confirm it’s you";
  return toHtml(
    <Layout page={page} title={formTitle(title, problems)} passkeys={passkeys.length > 0}>
      <div class="civikey-narrow-page">
        <ErrorSummary problems={problems} />
        <h1>{title}</h1>
        <p>Your password is correct. One more step protects your account.</p>
        {passkeys.length > 0 && (
          <form class="civikey-form" method="post" action="/login/passkey">
            <input type="hidden" name="next" value={attribute(next)} />
            <PasskeyButton kind="get" label="Use a passkey" isMain />
          </form>
        )}
        {passkeys.length > 0 && app !== null && <p>Or enter a code:</p>}
        {app !== null && <CodeForm kind="app" problems={problems} />}
        {recoveryCodes > 0 && (
          <details class="civikey-more civikey-passkey" open={problems[codeFields.recovery] !== undefined}>
            <summary>Use a recovery code</summary>
            <CodeForm kind="recovery" problems={problems} />
          </details>
        )}
        <p class="civikey-quiet">
          Can’t use any of these? Ask an admin to reset your second factor, or <a href="/login">start over</a>.
        </p>
      </div>
    </Layout>,
  );
}

function CodeForm({ kind, problems }: { kind: "app" | "recovery"; problems: FieldProblems }): JSX.Element {
  return (
    <form class="civikey-form" method="post" action="/login/secondFactor" novalidate>
      <CodeField kind={kind} problems={problems[codeFields[kind]]} />
      <div class="civikey-actions">
        <button type="submit" class="usa-button">
          {kind === "app" ? "Sign in" : "Sign in with a recovery code"}
        </button>
      </div>
    </form>
  );
}

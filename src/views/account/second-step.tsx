import type { SecondFactors } from "../../domain/access/people/factors/list.ts";
import { SubmitButton } from "../parts/buttons.tsx";
import { type FormProps, narrowPage } from "../parts/form-page.tsx";
import { PasskeyButton } from "../parts/passkey-button.tsx";
import { CodeField, codeFields } from "../parts/password-fields.tsx";
import { attribute } from "../parts/text.tsx";

/** What the step after the password shows; the problems are those of `code` and `recoveryCode`. */
interface SecondStepPageProps extends FormProps {
  /** What the person has. */
  readonly factors: SecondFactors;
  /** Where to go after it: a path of this site that the handler has checked. */
  readonly next: string;
}

/** The second step of signing in: a passkey (`POST /login/passkey`), or a code (`POST /login/secondFactor`). */
export function secondStepPage({ page, factors, next, problems }: SecondStepPageProps): string {
  const { passkeys, app, recoveryCodes } = factors;
  return narrowPage({
    page,
    title: "Confirm it’s you",
    problems,
    passkeys: passkeys.length > 0,
    content: (
      <>
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
      </>
    ),
  });
}

function CodeForm({ kind, problems }: Pick<FormProps, "problems"> & { kind: "app" | "recovery" }): JSX.Element {
  return (
    <form class="civikey-form" method="post" action="/login/secondFactor" novalidate>
      <CodeField kind={kind} problems={problems[codeFields[kind]]} />
      <div class="civikey-actions">
        <SubmitButton text={kind === "app" ? "Sign in" : "Sign in with a recovery code"} />
      </div>
    </form>
  );
}

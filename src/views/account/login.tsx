import { Html } from "@elysiajs/html";
import { ButtonLink } from "../parts/buttons.tsx";
import { Alert } from "../parts/components.tsx";
import { formPage } from "../parts/form-page.tsx";
import { Field } from "../parts/forms.tsx";
import type { PageContext } from "../parts/layout.tsx";
import { PasskeyButton } from "../parts/passkey-button.tsx";
import { attribute } from "../parts/text.tsx";

/** What the sign-in page shows. */
interface LoginPageProps {
  readonly page: PageContext;
  /** What was typed before; the password never comes back. */
  readonly email: string;
  /** Where to go after it: a path of this site that the handler has checked. */
  readonly next: string;
  /** What people call the sign-on provider; null without one. */
  readonly provider: string | null;
  /** Whether there is a form for a password. */
  readonly passwordSignIn: boolean;
  /** Why the last attempt failed; the same words whether the account exists or not. */
  readonly problem: string | null;
}

/** The sign-in page: `POST /login` with `email`, `password` and `next`, or a link to the sign-on provider. */
export function loginPage({ page, email, next, provider, passwordSignIn, problem }: LoginPageProps): string {
  return formPage({
    page,
    title: problem === null ? "Sign in" : "Error: Sign in",
    heading: "Sign in",
    intro: (
      <>
        {problem !== null && (
          <Alert tone="error" role="alert">
            {Html.escapeHtml(problem)}
          </Alert>
        )}
        {provider !== null && (
          <p class="civikey-actions">
            <ButtonLink href={`/login/sign-on?next=${encodeURIComponent(next)}`} text={`Continue with ${provider}`} />
          </p>
        )}
        {provider !== null && passwordSignIn && <p>Or sign in with your password:</p>}
      </>
    ),
    action: "/login",
    fields: !passwordSignIn ? null : (
      <>
        <input type="hidden" name="next" value={attribute(next)} />
        <Field
          name="email"
          label="E-mail address"
          type="email"
          autocomplete="username"
          value={email}
          isFocused={email === ""}
          required
        />
        <Field
          name="password"
          label="Password"
          type="password"
          autocomplete="current-password"
          isFocused={email !== ""}
          required
        />
      </>
    ),
    button: "Sign in",
    passkeys: passwordSignIn,
    after: passwordSignIn && (
      <form class="civikey-form" method="post" action="/login/passkey">
        <input type="hidden" name="next" value={attribute(next)} />
        <PasskeyButton kind="get" label="Sign in with a passkey" />
      </form>
    ),
  });
}

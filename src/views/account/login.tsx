import { attribute } from "../parts/components.tsx";
import { Field } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";

/** What the sign-in page shows. */
export interface LoginPageProps {
  readonly page: PageContext;
  /** What was typed before; the password never comes back. */
  readonly email: string;
  /** Where to go after it: a path of this site that the handler has checked. */
  readonly next: string;
  /** Why the last try did not work; the same words whether the account exists or not. */
  readonly problem: string | null;
}

/** The sign-in page: `POST /login` with `email`, `password` and `next`. */
export function loginPage(props: LoginPageProps): string {
  const { page, problem } = props;
  return toHtml(
    <Layout page={page} title={problem === null ? "Sign in" : "Error: Sign in"} htmx={false}>
      <div class="civikey-narrow-page">
        <h1>Sign in</h1>
        {problem !== null && (
          <div class="usa-alert usa-alert--error usa-alert--slim" role="alert">
            <div class="usa-alert__body">
              <p class="usa-alert__text" safe>
                {problem}
              </p>
            </div>
          </div>
        )}
        <form class="civikey-form" method="post" action="/login" novalidate>
          <input type="hidden" name="next" value={attribute(props.next)} />
          <Field
            name="email"
            label="E-mail address"
            type="email"
            autocomplete="username"
            value={props.email}
            required
          />
          <Field
            name="password"
            label="Password"
            type="password"
            autocomplete="current-password"
            required
          />
          <button type="submit" class="usa-button civikey-submit">
            Sign in
          </button>
        </form>
      </div>
    </Layout>,
  );
}

import { Html } from "@elysiajs/html";
import { Alert, attribute } from "../parts/components.tsx";
import { formPage } from "../parts/form-page.tsx";
import { Field } from "../parts/forms.tsx";
import type { PageContext } from "../parts/layout.tsx";

/** What the sign-in page shows. */
export interface LoginPageProps {
  readonly page: PageContext;
  /** What was typed before; the password never comes back. */
  readonly email: string;
  /** Where to go after it: a path of this site that the handler has checked. */
  readonly next: string;
  /** Why the last attempt failed; the same words whether the account exists or not. */
  readonly problem: string | null;
}

/** The sign-in page: `POST /login` with `email`, `password` and `next`. */
export function loginPage({ page, email, next, problem }: LoginPageProps): string {
  return formPage({
    page,
    title: problem === null ? "Sign in" : "Error: Sign in",
    heading: "Sign in",
    intro: problem !== null && (
      <Alert tone="error" role="alert">
        {Html.escapeHtml(problem)}
      </Alert>
    ),
    action: "/login",
    fields: (
      <>
        <input type="hidden" name="next" value={attribute(next)} />
        <Field name="email" label="E-mail address" type="email" autocomplete="username" value={email} required />
        <Field name="password" label="Password" type="password" autocomplete="current-password" required />
      </>
    ),
    button: "Sign in",
  });
}

import { type FormProps, formPage } from "../parts/form-page.tsx";
import { Field } from "../parts/forms.tsx";
import { ChosenPassword } from "../parts/password-fields.tsx";
import { attribute } from "../parts/text.tsx";

/** What the page that creates the first admin shows; the problems are those of `email` and `password`. */
interface SetupPageProps extends FormProps {
  /** The one-time token of the link. */
  readonly token: string;
  readonly email: string;
}

/** The page that creates the first admin: `POST /setup` with `token`, `email` and `password`. */
export function setupPage({ page, token, email, problems }: SetupPageProps): string {
  return formPage({
    page,
    title: "Create the first admin",
    problems,
    intro: (
      <p>
        Nobody can sign in to this server yet. Admins issue API keys, see how they are used, and retire them. This link
        works once.
      </p>
    ),
    action: "/setup",
    fields: (
      <>
        <input type="hidden" name="token" value={attribute(token)} />
        <Field
          name="email"
          label="E-mail address"
          hint="You sign in with it, and it appears in the audit log."
          type="email"
          autocomplete="username"
          value={email}
          required
          problems={problems.email}
        />
        <ChosenPassword label="Password" problems={problems} />
      </>
    ),
    button: "Create admin",
  });
}

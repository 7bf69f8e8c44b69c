import type { FieldProblems } from "../../lib/errors.ts";
import { attribute } from "../parts/components.tsx";
import { formPage } from "../parts/form-page.tsx";
import { Field } from "../parts/forms.tsx";
import type { PageContext } from "../parts/layout.tsx";
import { ChosenPassword } from "../parts/password-fields.tsx";

/** What the page that creates the first admin shows. */
interface SetupPageProps {
  readonly page: PageContext;
  /** The one-time token of the link. */
  readonly token: string;
  readonly email: string;
  /** By field: `email`, `password`. */
  readonly problems: FieldProblems;
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

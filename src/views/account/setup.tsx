import type { FieldProblems } from "../../lib/errors.ts";
import { attribute } from "../parts/components.tsx";
import { ErrorSummary, Field, formTitle } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { ChosenPassword } from "./password-fields.tsx";

/** What the page that makes the first admin shows. */
export interface SetupPageProps {
  readonly page: PageContext;
  /** The one-time token of the link. */
  readonly token: string;
  readonly email: string;
  /** By field: `email`, `password`. */
  readonly problems: FieldProblems;
}

/** The page that makes the first admin: `POST /setup` with `token`, `email` and `password`. */
export function setupPage(props: SetupPageProps): string {
  const { page, problems } = props;
  return toHtml(
    <Layout page={page} title={formTitle("Create the first admin", problems)} htmx={false}>
      <div class="civikey-narrow-page">
        <ErrorSummary problems={problems} />
        <h1>Create the first admin</h1>
        <p>
          Nobody can sign in to this server yet. Admins issue API keys, see how they are used, and
          retire them. This link works once.
        </p>
        <form class="civikey-form" method="post" action="/setup" novalidate>
          <input type="hidden" name="token" value={attribute(props.token)} />
          <Field
            name="email"
            label="E-mail address"
            hint="You sign in with it, and it is shown beside what you do."
            type="email"
            autocomplete="username"
            value={props.email}
            required
            problems={problems.email}
          />
          <ChosenPassword label="Password" problems={problems} />
          <button type="submit" class="usa-button civikey-submit">
            Create admin
          </button>
        </form>
      </div>
    </Layout>,
  );
}

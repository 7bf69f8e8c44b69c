/** The pages that one-time links lead to. */
import { ButtonLink } from "../parts/buttons.tsx";
import { type FormProps, formPage, narrowPage } from "../parts/form-page.tsx";
import type { PageContext } from "../parts/layout.tsx";
import { ChosenPassword, PasswordOwner } from "../parts/password-fields.tsx";
import { attribute, UserText } from "../parts/text.tsx";

/** Whose link it is, and its token, which comes back with the form. */
interface LinkPageProps {
  readonly page: PageContext;
  readonly email: string;
  readonly token: string;
}

/** The page that accepts an invitation: `POST /invitation` with `token` and `password`. */
export function invitationPage(props: LinkPageProps & FormProps): string {
  const { page, email, token, problems } = props;
  return formPage({
    page,
    title: "Set your password",
    problems,
    intro: (
      <p>
        You were invited to CiviKey as <UserText text={email} />. Set a password to sign in with. This link works once.
      </p>
    ),
    action: "/invitation",
    fields: (
      <>
        <input type="hidden" name="token" value={attribute(token)} />
        <PasswordOwner page={{ ...page, email }} />
        <ChosenPassword label="Password" problems={problems} />
      </>
    ),
    button: "Set password and sign in",
  });
}

/**
 * The page that signs in with a link: `POST /login/link` with `token`. It takes a button, because mail programs open the
 * links in e-mails to look for harm.
 */
export function signInLinkPage({ page, email, token }: LinkPageProps): string {
  return formPage({
    page,
    title: "Sign in",
    intro: (
      <p>
        This link signs you in as <UserText text={email} />. It works once.
      </p>
    ),
    action: "/login/link",
    fields: <input type="hidden" name="token" value={attribute(token)} />,
    button: "Sign in",
  });
}

/** The page for a link that does not work any more, or never did. */
export function endedLinkPage({ page }: { page: PageContext }): string {
  return narrowPage({
    page,
    title: "This link doesn’t work",
    content: (
      <>
        <p>It has expired, was already used, or was replaced by a newer one.</p>
        <p>If you have set a password, sign in with it. Otherwise, ask a CiviKey admin for a new link.</p>
        <p class="civikey-actions">
          <ButtonLink href="/login" text="Sign in" />
        </p>
      </>
    ),
  });
}

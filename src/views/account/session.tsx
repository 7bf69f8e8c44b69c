import { formPage } from "../parts/form-page.tsx";
import type { PageContext } from "../parts/layout.tsx";
import { sessionPath } from "../parts/session-watch.tsx";
import { Time } from "../parts/text.tsx";

/** What the page of one's session shows. */
interface SessionPageProps {
  readonly page: PageContext;
  /** When it ends unless the person does something. */
  readonly endsAt: Date;
  /** When it ends whatever they do. */
  readonly expiresAt: Date;
}

/** When the session ends, with a button to stay (`POST /login/session`). It needs no script. */
export function sessionPage({ page, endsAt, expiresAt }: SessionPageProps): string {
  const canStay = endsAt < expiresAt;
  return formPage({
    page,
    title: "Your session",
    intro: (
      <>
        <p>
          Your session ends at <Time at={endsAt} zone={page.zone} exact />
          {canStay ? " if you don’t use CiviKey until then." : ". You will have to sign in again then."}
        </p>
        {canStay && (
          <p>
            It ends at <Time at={expiresAt} zone={page.zone} exact /> in any case.
          </p>
        )}
        <p>If a form is sent later than that, sign in: it comes back with what you typed.</p>
      </>
    ),
    action: sessionPath,
    fields: canStay ? "" : null,
    button: "Stay signed in",
    cancel: { href: "/admin/account", label: "Your account" },
  });
}

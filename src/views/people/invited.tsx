import type { InvitationEmail } from "../../domain/access/people/invitation-email.ts";
import { ButtonLink } from "../parts/buttons.tsx";
import { CopyableValue } from "../parts/code-block.tsx";
import { Alert, PageHeading } from "../parts/components.tsx";
import { formatFailure } from "../parts/format.ts";
import { personHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { Time, UserText } from "../parts/text.tsx";

/** What the page with a new invitation shows, once. */
interface InvitedPageProps {
  readonly page: PageContext;
  readonly person: { readonly id: number; readonly email: string };
  readonly link: string;
  readonly expiresAt: Date;
  readonly sent: InvitationEmail;
}

/**
 * The answer to the request that made an invitation, and the only place that shows its link. Like a key's credentials,
 * it enters no history, and a script wipes it when it is left.
 */
export function invitedPage({ page, person, link, expiresAt, sent }: InvitedPageProps): string {
  return toHtml(
    <Layout page={page} title={`Invited ${person.email}`} section="/admin/people" htmx={false}>
      <PageHeading title={`Invited ${person.email}`} />
      {sent === "sent" && (
        <Alert tone="success">
          We e-mailed the link to <UserText text={person.email} />. If it doesn’t arrive, give it to them yourself.
        </Alert>
      )}
      {sent !== "sent" && sent !== "not configured" && (
        <Alert tone="error">
          <span safe>{`The e-mail could not be sent (${formatFailure(sent.replace("failed: ", ""))}).`}</span> Give them
          the link yourself.
        </Alert>
      )}
      <h2>Invitation link</h2>
      <Alert tone="warning" title="Copy the link now: it is shown only once">
        Give it to <UserText text={person.email} /> only. Whoever opens it first sets the password. It works once, until{" "}
        <Time at={expiresAt} zone={page.zone} exact />.
      </Alert>
      <dl class="civikey-credentials">
        <CopyableValue id="invitation_link" label="Link" value={link} />
      </dl>
      <p class="civikey-actions">
        <ButtonLink href="/admin/people" text="Back to people" />
        <a href={personHref(person.id)}>Open this person</a>
      </p>
    </Layout>,
  );
}

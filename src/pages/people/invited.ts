/** The only page that shows an invitation's link: the answer to the request that made it. */
import { sendInvitation } from "../../domain/access/people/invitation-email.ts";
import type { Invitation } from "../../domain/access/people/invite.ts";
import { spellLink } from "../../domain/access/people/links.ts";
import type { RoleCall } from "../../http/page-guard/routes.ts";
import { invitedPage } from "../../views/people/invited.tsx";
import { framePage, type PageDeps, respondWithHtml } from "../frame.ts";

/** Sends the link by e-mail where that is configured, and answers 201 with it, kept out of every cache. */
export async function respondWithInvitation(
  deps: PageDeps,
  { request, actor }: RoleCall<"change people">,
  invitation: Invitation,
): Promise<Response> {
  const link = spellLink(deps.baseUrl(), "invitation", invitation.token);
  const { zone } = deps.rules;
  const sender = deps.channels.email?.sender;
  const sent = await sendInvitation(sender, { invitation, link, invitedBy: actor.name, zone });
  const { person, expiresAt } = invitation;
  return respondWithHtml(invitedPage({ page: framePage(deps, request), person, link, expiresAt, sent }), {
    status: 201,
    headers: { "Cache-Control": "no-store" },
  });
}

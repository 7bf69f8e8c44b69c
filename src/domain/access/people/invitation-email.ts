/** The e-mail with the link of an invitation. */
import type { EmailSender } from "../alerts/email.ts";
import { nameFailure, sendWithin } from "../alerts/failure.ts";
import type { Invitation } from "./invite.ts";

/** What became of the e-mail; without a mail server it is `not configured`. */
export type InvitationEmail = "sent" | "not configured" | `failed: ${string}`;

/** Whoever invites waits for this. */
const sendWithinMs = 15_000;

/** Sends a link to the person whom it invites. Never throws: whoever invites has the link, and can hand it over. */
export async function sendInvitation(
  sender: EmailSender | undefined,
  { invitation, link, invitedBy, zone }: { invitation: Invitation; link: string; invitedBy: string; zone: string },
): Promise<InvitationEmail> {
  if (sender === undefined) return "not configured";
  const { person, expiresAt } = invitation;
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, dateStyle: "full", timeStyle: "short" });
  const until = `${format.format(expiresAt).replaceAll("\u202f", " ")} (${zone})`;
  const text = [
    `${invitedBy} invited you to CiviKey, which issues API keys for CiviForm.`,
    "",
    "Open this link to sign in for the first time:",
    link,
    "",
    `The link works once, until ${until}. Don't forward it: whoever opens it first can sign in as you.`,
    "If you did not expect this e-mail, ignore it.",
  ].join("\n");
  try {
    const id = `invitation-${person.id}-${expiresAt.getTime()}`;
    await sendWithin(sendWithinMs, sender.send({ to: person.email, subject: "You're invited to CiviKey", text, id }));
    return "sent";
  } catch (error) {
    return `failed: ${nameFailure(error)}`;
  }
}

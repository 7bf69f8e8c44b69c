import type { SignOnProblem } from "../../domain/access/people/sign-on/enter.ts";
import { ButtonLink } from "../parts/buttons.tsx";
import { RequestIdNote } from "../parts/error-page.tsx";
import { narrowPage } from "../parts/form-page.tsx";
import type { PageContext } from "../parts/layout.tsx";

/** Why nobody was signed in, or could confirm who is signed in. */
export type SignOnPageProblem =
  | SignOnProblem
  | "sign_on_declined"
  | "sign_on_expired"
  | "sign_on_not_accepted"
  | "sign_on_of_another"
  | "sign_on_unavailable";

interface SignOnPageProps {
  readonly page: PageContext;
  /** What people call the provider. */
  readonly provider: string;
}

type Words = (provider: string) => readonly [title: string, text: string];

const noAccess: Words = (provider) => [
  "You don’t have access",
  `You signed in at ${provider}, but CiviKey has no role for you. Ask an admin for access.`,
];

const words: Readonly<Record<SignOnPageProblem, Words>> = {
  no_role: noAccess,
  // As strangers are told.
  disabled_account: noAccess,
  no_email: (provider) => [
    "We don’t know your e-mail address",
    `${provider} didn’t send your e-mail address, which CiviKey needs. Ask whoever manages ${provider}.`,
  ],
  unverified_email: (provider) => [
    "Your e-mail address isn’t verified",
    `Someone with your e-mail address has an account here, and ${provider} doesn’t say that the address is yours. Ask whoever manages ${provider} to verify it.`,
  ],
  other_identity: (provider) => [
    "Your e-mail address is taken",
    `Another account of ${provider} already signs in here with your e-mail address. Ask an admin.`,
  ],
  sign_on_declined: (provider) => ["You aren’t signed in", `${provider} didn’t sign you in. You can try again.`],
  sign_on_expired: () => [
    "Sign in again",
    "This sign-in took too long, was already used, or started in another browser or window.",
  ],
  sign_on_not_accepted: (provider) => [
    "You aren’t signed in",
    `CiviKey couldn’t verify the answer from ${provider}. Try again. If that doesn’t help, ask an admin.`,
  ],
  sign_on_of_another: () => [
    "You signed in as someone else",
    "To continue, confirm with the account that you signed in with here.",
  ],
  sign_on_unavailable: (provider) => [
    `${provider} isn’t available`,
    `CiviKey can’t reach ${provider}, or doesn’t understand its answer. Try again in a few minutes.`,
  ],
};

/** Says why a sign-on did not work, and leads back to the sign-in page. */
export function signOnProblemPage(
  props: SignOnPageProps & { problem: SignOnPageProblem; passwordSignIn: boolean; requestId: string },
): string {
  const [title, text] = words[props.problem](props.provider);
  const isAway = props.problem === "sign_on_unavailable" && props.passwordSignIn;
  const more = isAway ? " If you have a password here, you can sign in with it." : "";
  return draw(props.page, { title, text: text + more, link: backToSignIn, requestId: props.requestId });
}

/** Says that somebody is signed out here, while the browser goes on to the provider's sign-out. */
export function signedOutPage({ page, provider }: SignOnPageProps): string {
  const text = `You’re signed out of CiviKey. ${provider} opens next, to sign you out there as well.`;
  return draw(page, { title: "Signed out", text, link: backToSignIn });
}

/** Says that somebody has confirmed who they are, in a window of its own. */
export function confirmedPage({ page, provider }: SignOnPageProps): string {
  const text = `You confirmed with ${provider} who you are. Close this window and send your form again.`;
  return draw(page, { title: "Confirmed", text, link: { href: "/admin/apiKeys", text: "Go to API keys" } });
}

const backToSignIn = { href: "/login", text: "Back to sign in" };

function draw(
  page: PageContext,
  props: { title: string; text: string; link: typeof backToSignIn; requestId?: string },
): string {
  const { title, text, link, requestId } = props;
  return narrowPage({
    page,
    title,
    content: (
      <>
        <p class="civikey-break" safe>
          {text}
        </p>
        <p class="civikey-actions">
          <ButtonLink {...link} />
        </p>
        {requestId !== undefined && <RequestIdNote requestId={requestId} />}
      </>
    ),
  });
}

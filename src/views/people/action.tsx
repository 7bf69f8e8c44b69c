import type { PersonInFull } from "../../domain/access/people/list.ts";
import { formPage, type ProvenFormProps } from "../parts/form-page.tsx";
import { pluralize } from "../parts/format.ts";
import { personHref } from "../parts/hrefs.ts";

/** What an admin can do to a person, by the last part of its address. */
export type PersonAction = "disable" | "enable" | "endSessions" | "resetSecondFactor" | "invite";

/** What the page shows that asks before one of the actions; the problems are those of the proof, and of `action` itself. */
interface PersonActionProps extends ProvenFormProps {
  readonly action: PersonAction;
  readonly person: PersonInFull;
}

interface Wording {
  readonly title: string;
  readonly button: string;
  readonly isDangerous?: true;
  /** What will happen, in paragraphs. */
  readonly effects: (person: PersonInFull) => readonly string[];
}

const wordings: Readonly<Record<PersonAction, Wording>> = {
  disable: {
    title: "Disable this person?",
    button: "Disable",
    isDangerous: true,
    effects: ({ email, sessionCount, keyCount }) => [
      `${email} can’t sign in until somebody enables them again. ${describeSessions(sessionCount)}`,
      keyCount === 0
        ? "They made no API key that works."
        : `${pluralize(keyCount, "API key")} they made ${keyCount === 1 ? "goes" : "go"} on working. If they may know the secret of a key, rotate it.`,
    ],
  },
  enable: {
    title: "Enable this person",
    button: "Enable",
    effects: ({ email }) => [`${email} can sign in again, with the roles and the password they had.`],
  },
  endSessions: {
    title: "End all their sessions?",
    button: "End sessions",
    isDangerous: true,
    effects: ({ email, sessionCount }) => [`${describeSessions(sessionCount)} ${email} can sign in again.`],
  },
  resetSecondFactor: {
    title: "Reset their second factor?",
    button: "Reset second factor",
    isDangerous: true,
    effects: ({ email, sessionCount, hasPassword, hasSignOn }) => [
      `The passkeys, authenticator app and recovery codes of ${email} stop working. ${describeSessions(sessionCount)}`,
      hasPassword || hasSignOn
        ? "Make sure that the request comes from them: until they set up a new one, their password is enough to sign in."
        : "They have no password, so an operator has to make them a sign-in link afterwards.",
    ],
  },
  invite: {
    title: "Make a new invitation link",
    button: "Make link",
    effects: ({ email }) => [`The link lets ${email} sign in, for 24 hours. Their earlier link stops working.`],
  },
};

function describeSessions(count: number): string {
  if (count === 0) return "They aren’t signed in now.";
  return `This ends ${count === 1 ? "their session" : `their ${pluralize(count, "session")}`} at once.`;
}

/** Asks before an action, saying what will happen: `POST /admin/people/:id/ACTION`. */
export function personActionPage(props: PersonActionProps): string {
  const { action, person } = props;
  const { title, button, isDangerous = false, effects } = wordings[action];
  const href = personHref(person.id);
  return formPage({
    ...props,
    ...{ title, button, isDangerous },
    section: "/admin/people",
    back: { href, name: person.email },
    intro: effects(person).map((text) => <p safe>{text}</p>),
    formId: "action",
    action: `${href}/${action}`,
    fields: "",
    cancel: { href, label: "Cancel" },
  });
}

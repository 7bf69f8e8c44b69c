/** The password fields of forms. */
import type { FieldProblems } from "../../lib/errors.ts";
import { Field, Problems } from "./forms.tsx";
import type { PageFrame } from "./layout.tsx";
import { PasskeyButton } from "./passkey-button.tsx";
import { attribute } from "./text.tsx";

/** Tells password managers whose password a form asks for. It has no name, so it is not sent. */
export function PasswordOwner({ page }: { page: PageFrame }): JSX.Element {
  return <input type="email" autocomplete="username" value={attribute(page.email ?? "")} hidden />;
}

/** A new password; a script offers to show what is typed. */
export function ChosenPassword(props: { label: string; problems: FieldProblems }): JSX.Element {
  return (
    <Field
      name="password"
      label={props.label}
      hint="15 characters or more, any characters. A few unrelated words work well."
      type="password"
      autocomplete="new-password"
      required
      problems={props.problems.password}
    >
      <button type="button" class="usa-button usa-button--unstyled civikey-show" data-passwords hidden>
        Show password
      </button>
    </Field>
  );
}

/** What somebody who is signed in has to show again: a password, and a second factor if they have one. */
export interface AskedProof {
  readonly hasPassword: boolean;
  /** What codes they have; null when they have no second factor. */
  readonly code: "app" | "recovery" | null;
  /** A passkey is enough without the password. */
  readonly hasPasskey: boolean;
  /** What people call the provider where they signed in, and sign in again; null for everyone else. */
  readonly provider: string | null;
}

/** Asks people to show again who they are, so that nobody else at an unattended browser can make the change. */
export function ProofAgain(props: { page: PageFrame; proof: AskedProof; problems: FieldProblems }): JSX.Element {
  const { proof, problems } = props;
  return (
    <fieldset class="usa-fieldset civikey-proof">
      <legend class="usa-legend civikey-legend">Confirm it’s you</legend>
      <p class="usa-hint civikey-hint">You signed in a while ago.</p>
      {proof.hasPasskey && <PasskeyButton kind="get" label="Use a passkey" problems={problems.passkey} />}
      {proof.hasPasskey && proof.hasPassword && <p>Or enter your password and a code:</p>}
      {proof.hasPassword && <PasswordAndCode {...props} />}
      {proof.provider !== null && <SignOnAgain provider={proof.provider} problems={problems.signOn} />}
      {!proof.hasPasskey && !proof.hasPassword && proof.provider === null && (
        <p>You have no password. Sign out, and sign in with a new one-time link.</p>
      )}
    </fieldset>
  );
}

/** A tab of its own leaves the form as it is. */
function SignOnAgain(props: { provider: string; problems: readonly string[] | undefined }): JSX.Element {
  return (
    <>
      <Problems name="signOn" problems={props.problems ?? []} />
      <a
        class="usa-button usa-button--outline"
        id="signOn"
        href="/login/reauthenticate"
        target="_blank"
        safe
        rel="noopener"
      >
        {`Sign in again with ${props.provider} (new tab)`}
      </a>
    </>
  );
}

function PasswordAndCode(props: { page: PageFrame; proof: AskedProof; problems: FieldProblems }): JSX.Element {
  const { page, proof, problems } = props;
  return (
    <>
      <PasswordOwner page={page} />
      <Field
        name="currentPassword"
        label="Your password"
        type="password"
        autocomplete="current-password"
        required
        problems={problems.currentPassword}
      />
      {proof.code !== null && <CodeField kind={proof.code} takesBoth problems={problems[codeFields[proof.code]]} />}
    </>
  );
}

/** The names of the fields for codes. */
export const codeFields = { app: "code", recovery: "recoveryCode" } as const;

/** A code of an authenticator app, or a recovery code; with `takesBoth` either. */
export function CodeField(props: {
  kind: "app" | "recovery";
  takesBoth?: boolean;
  problems?: readonly string[] | undefined;
}): JSX.Element {
  const { kind, takesBoth = false, problems } = props;
  const shared = { name: codeFields[kind], required: true, narrow: true, problems };
  if (kind === "recovery") {
    const hint = "One of the codes that you saved when you set up your second factor. Each works once.";
    return <Field {...shared} label="Recovery code" hint={hint} autocomplete="off" />;
  }
  return (
    <Field
      {...shared}
      label="Code from your authenticator app"
      hint={takesBoth ? "6 digits. Without your app, enter a recovery code." : "6 digits."}
      autocomplete="one-time-code"
      isNumeric={!takesBoth}
    />
  );
}

/** The password fields of forms. */
import type { FieldProblems } from "../../lib/errors.ts";
import { attribute } from "./components.tsx";
import { Field } from "./forms.tsx";
import type { PageFrame } from "./layout.tsx";

/** Tells password managers whose password a form asks for. It has no name, so it is not sent. */
export function PasswordOwner({ page }: { page: PageFrame }): JSX.Element {
  return <input type="email" autocomplete="username" value={attribute(page.email ?? "")} hidden />;
}

/** A new password. */
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
    />
  );
}

/** Asks for the password again, so that nobody else at an unattended browser can make the change. */
export function PasswordAgain(props: { page: PageFrame; problems: FieldProblems }): JSX.Element {
  return (
    <>
      <PasswordOwner page={props.page} />
      <Field
        name="currentPassword"
        label="Your password"
        hint="You signed in a while ago. Enter your password again to continue."
        type="password"
        autocomplete="current-password"
        required
        problems={props.problems.currentPassword}
      />
    </>
  );
}

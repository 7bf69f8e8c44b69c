import { type FormProps, formPage } from "../parts/form-page.tsx";
import { Field } from "../parts/forms.tsx";
import { PasskeyButton } from "../parts/passkey-button.tsx";

/** What the page that makes a passkey shows; the problems are those of `name` and `passkey`. */
interface SetUpPasskeyPageProps extends FormProps {
  /** The page above. */
  readonly back: { readonly href: string; readonly name: string };
  /** As it was typed, or a suggestion. */
  readonly name: string;
  /** Goes on with the page that was asked for first. */
  readonly query: string;
}

/** Makes a passkey: `POST` to itself with `name` and `passkey`. */
export function setUpPasskeyPage({ page, back, name, query, problems }: SetUpPasskeyPageProps): string {
  return formPage({
    page,
    problems,
    title: "Set up a passkey",
    back,
    intro: (
      <p>
        Your browser will ask where to keep the passkey: on this device, on your phone, or on a security key. You then
        sign in with your fingerprint, your face or a PIN. CiviKey never receives those.
      </p>
    ),
    action: `/admin/account/secondFactor/passkey${query}`,
    passkeys: true,
    fields: (
      <>
        <Field
          name="name"
          label="Name"
          hint="So that you recognize it in your account, such as “Work laptop”."
          value={name}
          required
          problems={problems.name}
        />
        <PasskeyButton kind="create" label="Create passkey" isMain problems={problems.passkey} />
      </>
    ),
    button: null,
    cancel: { href: back.href, label: "Cancel" },
  });
}

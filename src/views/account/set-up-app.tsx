import { encode } from "uqr";
import type { AppSetUp } from "../../domain/access/people/factors/authenticator-app.ts";
import { CopyableValue } from "../parts/code-block.tsx";
import { type FormProps, formPage } from "../parts/form-page.tsx";
import { Field } from "../parts/forms.tsx";
import { attribute } from "../parts/text.tsx";

/** What the page that sets up an authenticator app shows; the problems are those of `code`. */
interface SetUpAppPageProps extends FormProps {
  /** The page above. */
  readonly back: { readonly href: string; readonly name: string };
  readonly setUp: AppSetUp;
  /** The person has one, which this one replaces. */
  readonly replacesApp: boolean;
  /** Goes on with the page that was asked for first. */
  readonly query: string;
}

/** Sets up an authenticator app: `POST` to itself with `setUp` and `code`. */
export function setUpAppPage({ page, back, setUp, replacesApp, query, problems }: SetUpAppPageProps): string {
  const key = setUp.secret.reveal().replace(/.{4}(?!$)/g, "$& ");
  return formPage({
    page,
    problems,
    title: "Set up an authenticator app",
    back,
    intro: (
      <>
        {replacesApp && <p>The app that you use now stops working here once you have set up the new one.</p>}
        <ol class="civikey-steps">
          <li>
            Open an authenticator app on your phone, such as Google Authenticator, Microsoft Authenticator or Authy. If
            you have none, install one first.
          </li>
          <li>
            In the app, add an account and scan this code.
            <QrCode text={setUp.address.reveal()} />
            Can’t scan it? Enter this key in the app instead.
            <dl class="civikey-credentials">
              <CopyableValue id="app-key" label="Key" value={key} />
            </dl>
          </li>
          <li>Enter the 6-digit code that the app shows for CiviKey.</li>
        </ol>
      </>
    ),
    action: `/admin/account/secondFactor/app${query}`,
    fields: (
      <>
        <input type="hidden" name="setUp" value={attribute(setUp.sealed)} />
        <Field
          name="code"
          label="Code from the app"
          hint="It changes every 30 seconds."
          autocomplete="one-time-code"
          narrow
          isNumeric
          required
          problems={problems.code}
        />
      </>
    ),
    button: "Turn on",
    cancel: { href: back.href, label: "Cancel" },
  });
}

/** A QR code, black on white in every look, with the quiet zone that scanners need. */
function QrCode({ text }: { text: string }): JSX.Element {
  const { data, size } = encode(text, { ecc: "M", border: 4 });
  const path = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      class="civikey-qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="QR code with the key below"
      shape-rendering="crispEdges"
    >
      <rect width={String(size)} height={String(size)} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

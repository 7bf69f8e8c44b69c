/** The button that uses or makes a passkey, for any form: the script `passkeys.js` sends the answer with it. */

import { Problems } from "./forms.tsx";
import { attribute } from "./text.tsx";

/** A passkey needs a script: where none runs, a sentence says so in place of the button. */
export function PasskeyButton(props: {
  kind: "get" | "create";
  label: string;
  /** The main button of its form. */
  isMain?: boolean;
  problems?: readonly string[] | undefined;
}): JSX.Element {
  const { kind, label, isMain = false, problems = [] } = props;
  const options = kind === "get" ? "/login/passkey/options" : "/admin/account/secondFactor/passkey/options";
  return (
    <div class="civikey-passkey">
      <Problems name="passkey" problems={problems} />
      <input type="hidden" name="passkey" />
      <button
        type={isMain ? "submit" : "button"}
        class={isMain ? "usa-button" : "usa-button usa-button--outline"}
        id="passkey"
        data-passkey={kind}
        data-options={attribute(options)}
        hidden
        safe
      >
        {label}
      </button>
      <p class="usa-error-message" role="alert" data-problem />
      <noscript>
        <p>Passkeys need JavaScript, which is turned off in this browser.</p>
      </noscript>
    </div>
  );
}

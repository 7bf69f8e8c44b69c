import type { Secret } from "../../lib/secrets/secret.ts";
import { ButtonLink } from "../parts/buttons.tsx";
import { CopyButton } from "../parts/code-block.tsx";
import { Alert } from "../parts/components.tsx";
import { narrowPage } from "../parts/form-page.tsx";
import type { PageContext } from "../parts/layout.tsx";

/** New recovery codes: the answer to the request that made them, and the only place where they are ever shown. */
export function recoveryCodesPage(props: {
  page: PageContext;
  codes: readonly Secret[];
  /** The person had others before. */
  replaceOld: boolean;
  /** The page to go on to. */
  continueTo: string;
}): string {
  const text = props.codes.map((code) => code.reveal()).join("\n");
  return narrowPage({
    page: props.page,
    title: "Your recovery codes",
    htmx: false,
    content: (
      <>
        <Alert tone="warning">
          <strong>Save these now: they are shown only once.</strong> Copy them into a password manager, or print this
          page and keep it in a safe place.
        </Alert>
        <p>
          If you lose your phone or your passkey, sign in with your password and one of these codes. Each works once.
          {props.replaceOld && " The codes that you had before no longer work."}
        </p>
        <figure class="civikey-code-block">
          <figcaption class="usa-sr-only">Recovery codes</figcaption>
          <pre class="civikey-code-block__code" id="recovery-codes" tabindex="0" data-secret safe>
            {text}
          </pre>
          <CopyButton id="recovery-codes" label="Recovery codes" class="civikey-code-block__copy" />
        </figure>
        <p class="civikey-actions">
          <ButtonLink href={props.continueTo} text="I saved them. Continue" />
        </p>
      </>
    ),
  });
}

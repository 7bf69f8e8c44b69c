import type { Secret } from "../../lib/secrets/secret.ts";
import { CopyButton } from "../parts/code-block.tsx";
import { Alert, attribute } from "../parts/components.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";

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
  return toHtml(
    <Layout page={props.page} title="Your recovery codes" htmx={false}>
      <div class="civikey-narrow-page">
        <h1>Your recovery codes</h1>
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
          <a class="usa-button" href={attribute(props.continueTo)}>
            I saved them. Continue
          </a>
        </p>
      </div>
    </Layout>,
  );
}

import { Html } from "@elysiajs/html";
import { attribute } from "./text.tsx";

/** Code to read and to take away: a command, an answer. The label says what it is. */
export function CodeBlock(props: { id: string; label: string; code: string }): JSX.Element {
  return (
    <figure class="civikey-code-block">
      <figcaption class="usa-sr-only" safe>
        {props.label}
      </figcaption>
      <pre class="civikey-code-block__code" id={props.id} tabindex="0" safe>
        {props.code}
      </pre>
      <CopyButton id={props.id} label={props.label} class="civikey-code-block__copy" />
    </figure>
  );
}

/** Copies the text of the element with the id; it shows where scripts run. Everybody sees the label with `isLabelSeen`. */
export function CopyButton(props: { id: string; label: string; class: string; isLabelSeen?: boolean }): JSX.Element {
  return (
    <button
      type="button"
      class={`usa-button usa-button--outline ${props.class}`}
      data-copy={props.id}
      data-label={attribute(props.label)}
      hidden
    >
      Copy<span class={props.isLabelSeen ? undefined : "usa-sr-only"}>{Html.escapeHtml(` ${props.label}`)}</span>
    </button>
  );
}

/** A value to take away, with a button that copies it (where scripts run). */
export function CopyableValue(props: { id: string; label: string; value: string }): JSX.Element {
  return (
    <div class="civikey-copy">
      <dt class="civikey-copy__label" safe>
        {props.label}
      </dt>
      <dd class="civikey-copy__row">
        <code class="civikey-copy__value" id={props.id} data-secret safe>
          {props.value}
        </code>
        <CopyButton id={props.id} label={props.label} class="civikey-copy__button" />
      </dd>
    </div>
  );
}

/** A sentence of ours, with the parts between backticks as code. */
export function Prose({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text
        .split("`")
        .map((part, index) =>
          index % 2 === 0 ? Html.escapeHtml(part) : <code class="civikey-code">{Html.escapeHtml(part)}</code>,
        )}
    </>
  );
}

/** A `curl` command that calls an address of the API with a key's credentials, or with their names. */
export function curlCommand(url: string, credentials = "KEY_ID:SECRET"): string {
  return `curl --user ${quoteForShell(credentials)} ${quoteForShell(url)}`;
}

/** A `curl` command that takes the credentials from `civikey.netrc`. */
export function curlWithFile(url: string): string {
  return `curl --netrc-file civikey.netrc ${quoteForShell(url)}`;
}

/** A `curl` command that sends the JSON of a file to it. */
export function curlPostCommand(url: string): string {
  return `curl --user 'KEY_ID:SECRET' --header 'Content-Type: application/json' --data @body.json ${quoteForShell(url)}`;
}

/** One word of a shell command, whatever is in it. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

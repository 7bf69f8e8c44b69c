/** Buttons, and links that look like them. */
import { Html } from "@elysiajs/html";
import { attribute } from "./text.tsx";

const looks = {
  main: "usa-button",
  outline: "usa-button usa-button--outline",
  /** Does what cannot be undone. */
  danger: "usa-button usa-button--secondary",
  /** Leads to what cannot be undone. */
  toDanger: "usa-button usa-button--outline civikey-danger",
  text: "usa-button usa-button--unstyled",
} as const;

type Look = keyof typeof looks;

/** A link that looks like a button. */
export function ButtonLink(props: { href: string; text: string; look?: Look; id?: string }): JSX.Element {
  return (
    <a class={looks[props.look ?? "main"]} id={props.id} href={attribute(props.href)} safe>
      {props.text}
    </a>
  );
}

interface SubmitProps {
  readonly text: string;
  /** For screen readers only: what sets it apart from others of the same text. */
  readonly more?: string;
  readonly look?: Look;
  readonly id?: string | undefined;
  /** What is sent with the form. */
  readonly name?: string;
  readonly value?: string;
}

/** Sends its form. */
export function SubmitButton({ text, more, look = "main", id, name, value }: SubmitProps): JSX.Element {
  return (
    <button type="submit" class={looks[look]} id={id} name={name} value={value && attribute(value)}>
      {Html.escapeHtml(text)}
      {more !== undefined && <span class="usa-sr-only" safe>{` ${more}`}</span>}
    </button>
  );
}

/** A form that is one button: `POST` to `action`. */
export function PostButton({ action, ...button }: SubmitProps & { action: string }): JSX.Element {
  return (
    <form method="post" action={attribute(action)}>
      <SubmitButton {...button} />
    </form>
  );
}

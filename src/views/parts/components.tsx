import { Html, type PropsWithChildren } from "@elysiajs/html";
import { formatDate, formatDateTime } from "./format.ts";

/**
 * Text for an attribute. Kita escapes the quotes of attributes and nothing else, so that without
 * this `&lt;` in a person's text would come back as `<`.
 */
export function attribute(text: string): string {
  return text.replaceAll("&", "&amp;");
}

/** What a badge says by its colour, besides its words. */
export type BadgeTone = "neutral" | "good" | "soon" | "urgent" | "ended";

/** A few words about a state, in a box. */
export function Badge({ tone, text }: { tone: BadgeTone; text: string }): JSX.Element {
  return (
    <span class={`usa-tag civikey-badge civikey-badge--${tone}`} safe>
      {text}
    </span>
  );
}

/** A day or, with `exact`, a time to the minute, in the zone; machines read the full instant. */
export function Time(props: { at: Date; zone: string; exact?: boolean }): JSX.Element {
  const { at, zone } = props;
  const text = props.exact ? formatDateTime(at, zone) : formatDate(at, zone);
  // The time of day stays in one piece: "10:12" and "AM PST" are nothing by themselves.
  const clock = props.exact ? text.lastIndexOf(", ") + 2 : text.length;
  return (
    <time datetime={at.toISOString()}>
      {Html.escapeHtml(text.slice(0, clock))}
      {clock < text.length && (
        <span class="civikey-nowrap" safe>
          {text.slice(clock)}
        </span>
      )}
    </time>
  );
}

/** A name, a slug, an address: text whose direction is its own, which may break anywhere. */
export function UserText({ text }: { text: string }): JSX.Element {
  return (
    <bdi class="civikey-break" safe>
      {text}
    </bdi>
  );
}

/** Text that machines read too: key ids, slugs, subnets. */
export function Code({ text, id }: { text: string; id?: string }): JSX.Element {
  return (
    <code class="civikey-code" id={id} safe>
      {text}
    </code>
  );
}

/** A title row of a page: the heading, what belongs beside it, and (as children) the page's actions. */
export function PageHeading(props: {
  title: string;
  beside?: PropsWithChildren["children"];
  children?: PropsWithChildren["children"];
}): JSX.Element {
  return (
    <div class="civikey-heading">
      <h1 class="civikey-heading__title">
        <UserText text={props.title} />
      </h1>
      {props.beside}
      <div class="civikey-heading__actions">{props.children}</div>
    </div>
  );
}

/** Facts in name and value pairs. */
export function Facts({ children, wide }: PropsWithChildren<{ wide?: boolean }>): JSX.Element {
  return <dl class={wide ? "civikey-facts civikey-facts--wide" : "civikey-facts"}>{children}</dl>;
}

/** One pair of `Facts`. */
export function Fact({ name, children }: PropsWithChildren<{ name: string }>): JSX.Element {
  return (
    <div class="civikey-facts__pair">
      <dt class="civikey-facts__name" safe>
        {name}
      </dt>
      <dd class="civikey-facts__value">{children}</dd>
    </div>
  );
}

/** A place where nothing is yet: what is missing, and what to do next. */
export function EmptyState({
  title,
  children,
}: {
  title: string;
  children: PropsWithChildren["children"];
}): JSX.Element {
  return (
    <div class="civikey-empty">
      <p class="civikey-empty__title" safe>
        {title}
      </p>
      {children}
    </div>
  );
}

/** The way to the next page of a list. */
export function NextPage({ href }: { href: string }): JSX.Element {
  return (
    <nav class="civikey-pages" aria-label="Pages">
      <a class="usa-button usa-button--outline" rel="next" href={attribute(href)}>
        Next page
      </a>
    </nav>
  );
}

/** Copies the text of the element with the id; it shows where scripts run. */
export function CopyButton(props: { id: string; label: string; class: string }): JSX.Element {
  return (
    <button
      type="button"
      class={`usa-button usa-button--outline ${props.class}`}
      data-copy={props.id}
      data-label={attribute(props.label)}
      hidden
    >
      Copy<span class="usa-sr-only">{Html.escapeHtml(` ${props.label}`)}</span>
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

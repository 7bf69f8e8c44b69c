/** Text on a page: names, notes, code, times and links. Everything of somebody else is escaped and keeps its direction. */
import { Html, type PropsWithChildren } from "@elysiajs/html";
import { formatDate, formatDateTime, formatTimeAgo } from "./format.ts";

/**
 * Text for an attribute. Kita escapes the quotes of attributes and nothing else, so that without
 * this `&lt;` in a person's text would come back as `<`.
 */
export function attribute(text: string): string {
  return text.replaceAll("&", "&amp;");
}

/** What is said in passing, such as that there is nothing. */
export function Quiet({ children }: PropsWithChildren): JSX.Element {
  return <span class="civikey-quiet">{children}</span>;
}

/** A day or, with `exact`, a time to the minute, in the zone; machines read the full instant. Without a time it is `none`. */
export function Time(props: { at: Date | null; zone: string; exact?: boolean; none?: string }): JSX.Element {
  const { at, zone, none = "None" } = props;
  if (at === null) return <Quiet>{Html.escapeHtml(none)}</Quiet>;
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

/** How long ago it was; without a time `Never`. */
export function Ago({ at, now }: { at: Date | null; now: Date }): JSX.Element {
  if (at === null) return <Quiet>Never</Quiet>;
  return (
    <time datetime={at.toISOString()} safe>
      {formatTimeAgo(at, now)}
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

/** A text of somebody else, in paragraphs as it was written. */
export function Note({ text }: { text: string }): JSX.Element {
  return (
    <p class="civikey-note" dir="auto" safe>
      {text}
    </p>
  );
}

/** A name that leads to what it names. */
export function NameLink({ href, name }: { href: string; name: string }): JSX.Element {
  return (
    <a href={attribute(href)}>
      <UserText text={name} />
    </a>
  );
}

/** A link as a paragraph of its own. */
export function LinkLine({ href, text }: { href: string; text: string }): JSX.Element {
  return (
    <p>
      <a href={attribute(href)} safe>
        {text}
      </a>
    </p>
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

/** The way to the page above this one. */
export function Back(props: { href: string; name: string }): JSX.Element {
  return (
    <p class="civikey-back">
      <NameLink {...props} />
    </p>
  );
}

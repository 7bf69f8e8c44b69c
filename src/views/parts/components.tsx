import { Html, type PropsWithChildren } from "@elysiajs/html";
import type { Page } from "../../lib/keyset.ts";
import { formatCount, formatDate, formatDateTime, formatFound, formatTimeAgo } from "./format.ts";

/**
 * Text for an attribute. Kita escapes the quotes of attributes and nothing else, so that without
 * this `&lt;` in a person's text would come back as `<`.
 */
export function attribute(text: string): string {
  return text.replaceAll("&", "&amp;");
}

/** What a badge says by its colour, besides its words. */
type BadgeTone = "neutral" | "good" | "soon" | "urgent" | "ended";

/** What a badge shows. */
export interface BadgeProps {
  readonly tone: BadgeTone;
  readonly text: string;
}

/** A few words about a state, in a box. */
export function Badge({ tone, text }: BadgeProps): JSX.Element {
  return (
    <span class={`usa-tag civikey-badge civikey-badge--${tone}`} safe>
      {text}
    </span>
  );
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

/** A message in a box of its own. */
export function Alert(props: {
  tone: "success" | "info" | "warning" | "error";
  /** Who it is for besides readers of the page: `alert` interrupts screen readers, `status` waits. */
  role?: "alert" | "status";
  title?: string;
  children: PropsWithChildren["children"];
}): JSX.Element {
  const { tone, role, title } = props;
  return (
    <div class={`usa-alert usa-alert--${tone}${title ? "" : " usa-alert--slim"} civikey-notice`} role={role}>
      <div class="usa-alert__body">
        {title !== undefined && (
          <h3 class="usa-alert__heading" safe>
            {title}
          </h3>
        )}
        <p class="usa-alert__text">{props.children}</p>
      </div>
    </div>
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
      <h1>
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

/** More about a fact, below it or behind it. */
export function More({ children }: PropsWithChildren): JSX.Element {
  return <span class="civikey-facts__more civikey-quiet">{children}</span>;
}

/** One pair of `Facts`: the value is a text, a text that machines read too (`code`), or the children. */
export function Fact(props: PropsWithChildren<{ name: string; text?: string; code?: string }>): JSX.Element {
  const { name, text, code } = props;
  return (
    <div class="civikey-facts__pair">
      <dt class="civikey-facts__name" safe>
        {name}
      </dt>
      <dd>
        {text !== undefined && <UserText text={text} />}
        {code !== undefined && <Code text={code} />}
        {props.children}
      </dd>
    </div>
  );
}

/** Each child on a line of its own. */
export function List({ children }: PropsWithChildren): JSX.Element {
  const items = [children].flat(2).filter(Boolean);
  return (
    <ul class="civikey-list">
      {items.map((item) => (
        <li>{item}</li>
      ))}
    </ul>
  );
}

/** What is folded away until somebody opens it, or `isOpen`; `isApart` keeps a distance to what is above. */
export function Folded(
  props: PropsWithChildren<{ summary: string; isOpen?: boolean; isApart?: boolean }>,
): JSX.Element {
  return (
    <details class={props.isApart ? "civikey-more civikey-more--apart" : "civikey-more"} open={props.isOpen}>
      <summary safe>{props.summary}</summary>
      {props.children}
    </details>
  );
}

/** The note of a key or an application, as a fact; nothing without one. */
export function NoteFact({ note }: { note: string | null }): JSX.Element {
  if (note === null) return "";
  return (
    <Fact name="Note">
      <Note text={note} />
    </Fact>
  );
}

/** Names and their texts, small. */
export function Pairs({ pairs }: { pairs: readonly (readonly [name: string, text: string])[] }): JSX.Element {
  return (
    <dl class="civikey-pairs">
      {pairs.map(([name, text]) => (
        <>
          <dt safe>{name}</dt>
          <dd class="civikey-break" dir="auto" safe>
            {text}
          </dd>
        </>
      ))}
    </dl>
  );
}

/** A place where nothing is yet: what is missing, and what to do next. */
export function EmptyState({ title, children }: PropsWithChildren<{ title: string }>): JSX.Element {
  return (
    <div class="civikey-empty">
      <p class="civikey-empty__title" safe>
        {title}
      </p>
      {children}
    </div>
  );
}

/** Where a page of a list is in all of it, and the ways to the pages around it. */
export interface Paging {
  readonly previous?: string | false;
  readonly next: string | false;
  /** Which ones are shown, such as `26–38 of 38`. */
  readonly range?: string | undefined;
}

/** The ways from a page of a list to those around it. `hrefOf` gives the address of the page before or after a place. */
export function pagingOf<Place>(
  { rows, skipped, total, previous, next }: Page<unknown, Place>,
  hrefOf: (start: { before?: Place; after?: Place }) => string,
): Paging {
  const shown = (start: number) =>
    `${formatCount(start + 1)}–${formatCount(start + rows.length)} of ${formatFound(total)}`;
  return {
    previous: previous !== undefined && hrefOf({ before: previous }),
    next: next !== undefined && hrefOf({ after: next }),
    range: skipped === undefined ? undefined : shown(skipped),
  };
}

/** `26–38 of 38`, Previous and Next. Nothing when one page has everything. */
export function Pages({ previous = false, next, range }: Paging): JSX.Element {
  if (previous === false && next === false) return "";
  return (
    <nav class="civikey-pages" aria-label="Pages">
      {range !== undefined && (
        <span class="civikey-quiet" safe>
          {range}
        </span>
      )}
      {previous !== false && (
        <a class="usa-button usa-button--outline" rel="prev" href={attribute(previous)}>
          Previous
        </a>
      )}
      {next !== false && (
        <a class="usa-button usa-button--outline" rel="next" href={attribute(next)}>
          Next
        </a>
      )}
    </nav>
  );
}

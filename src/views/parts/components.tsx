/** Boxes and frames of a page: badges, messages, its heading, lists, what is folded away, empty places. */
import type { PropsWithChildren } from "@elysiajs/html";
import { UserText } from "./text.tsx";

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

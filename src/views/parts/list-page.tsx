import type { PropsWithChildren } from "@elysiajs/html";
import { SubmitButton } from "./buttons.tsx";
import { EmptyState } from "./components.tsx";
import { Layout, type PageContext, toFragment, toHtml } from "./layout.tsx";
import { Pages, type Paging } from "./paging.tsx";
import { attribute } from "./text.tsx";

/** A page that is one list: its search or filters, what they find, and the way to more. */
export interface ListPage extends Paging {
  readonly page: PageContext;
  /** The `href` of the navigation entry that the page belongs to. */
  readonly section: string;
  readonly title: string;
  /** What is searched for, which the title in the browser names too. */
  readonly search?: string;
  /** The heading, and what is said before the list. */
  readonly top: PropsWithChildren["children"];
  /** The id of the part that changes with the search and the filters. */
  readonly region: string;
  /** What is listed, in one sentence: said above the list, the title of an empty one, and announced by screen readers. */
  readonly summary: string;
  readonly form?: PropsWithChildren["children"];
  readonly isEmpty: boolean;
  readonly list: PropsWithChildren["children"];
  /** What to do about an empty list. */
  readonly advice: PropsWithChildren["children"];
  readonly end?: PropsWithChildren["children"];
  /** What of the list can be downloaded, with the words of each link. */
  readonly downloads?: readonly (readonly [text: string, href: string])[] | undefined;
}

/** Draws a list page; for htmx, only the part that changes. */
export function listPage(props: ListPage): string {
  const { page, section, search = "" } = props;
  const title = search === "" ? props.title : `${props.title} for “${search}”`;
  const region = (
    <div id={props.region} data-announce={attribute(props.summary)}>
      {props.form}
      {props.isEmpty ? (
        <EmptyState title={props.summary}>{props.advice}</EmptyState>
      ) : (
        <>
          <Found {...props} />
          {props.list}
        </>
      )}
      <Pages {...props} />
      {props.end}
    </div>
  );
  if (page.isFragment) return toFragment(title, region);
  return toHtml(
    <Layout page={page} title={title} section={section}>
      {props.top}
      {region}
    </Layout>,
  );
}

/** How many there are, and the ways to download them. */
function Found({ summary, downloads = [] }: Pick<ListPage, "summary" | "downloads">): JSX.Element {
  return (
    <div class="civikey-found">
      <p class="civikey-quiet" safe>
        {summary}
      </p>
      {downloads.map(([text, href]) => (
        <a class="civikey-found__download" href={attribute(href)} safe>
          {text}
        </a>
      ))}
    </div>
  );
}

/**
 * The form of a list: a plain `GET`, answered in place where scripts run. Typing in a field of `live` and choosing
 * in one of `choices` sends it at once, and replaces the address; without either, each sending is a page to go back to.
 */
export function ListForm(
  props: PropsWithChildren<{ class: string; path: string; region: string; live?: string[]; choices?: string[] }>,
): JSX.Element {
  const { path, region, live = [], choices = [] } = props;
  const typing = live.map((id) => `input changed delay:250ms from:#${id}`);
  const trigger = ["submit", ...typing, ...choices.map((id) => `change from:#${id}`)].join(", ");
  return (
    <search>
      <form
        class={props.class}
        id="search"
        method="get"
        action={attribute(path)}
        novalidate
        hx-get={attribute(path)}
        hx-trigger={trigger}
        {...(trigger === "submit" ? { "hx-push-url": "true" } : { "hx-replace-url": "true" })}
        hx-sync="this:replace"
        hx-target={`#${region}`}
        hx-swap="outerMorph"
        hx-indicator="#busy"
      >
        {props.children}
      </form>
    </search>
  );
}

/** The field and the button of a list's search, for `q`. `label` says what can be searched for. */
export function SearchField(props: { label: string; placeholder: string; search: string }): JSX.Element {
  return (
    <>
      <label class="usa-sr-only" for="q" safe>
        {props.label}
      </label>
      <input
        class="usa-input civikey-search__text"
        type="search"
        id="q"
        name="q"
        value={attribute(props.search)}
        placeholder={props.placeholder}
        autocomplete="off"
        spellcheck="false"
      />
      <SubmitButton text="Search" look="outline" />
    </>
  );
}

import type { PropsWithChildren } from "@elysiajs/html";
import { attribute } from "./components.tsx";

/** The search of a list, for `q`: a plain form, and live where scripts run. */
export function SearchForm(props: {
  /** Where the list is. */
  path: string;
  /** The id of the part of the page that changes with the search. */
  region: string;
  /** Says what can be searched for. */
  label: string;
  placeholder: string;
  search: string;
  /** The id of a field among the children that narrows the list at once when it changes. */
  choice?: string;
  /** What stands before the field. */
  before?: PropsWithChildren["children"];
  /** What stands behind the button. */
  children?: PropsWithChildren["children"];
}): JSX.Element {
  const { path, choice } = props;
  const orChoice = choice === undefined ? "" : `, change from:#${choice}`;
  return (
    <search>
      <form
        class="civikey-search"
        id="search"
        method="get"
        action={path}
        hx-get={path}
        hx-trigger={`submit, input changed delay:250ms from:#q${orChoice}`}
        hx-replace-url="true"
        hx-sync="this:replace"
        hx-target={`#${props.region}`}
        hx-swap="outerMorph"
        hx-indicator="#busy"
      >
        {props.before}
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
        <button type="submit" class="usa-button usa-button--outline">
          Search
        </button>
        {props.children}
      </form>
    </search>
  );
}

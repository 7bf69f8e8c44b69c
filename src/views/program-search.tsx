import { attribute } from "./components.tsx";
import type { ProgramListPath } from "./program-list.ts";

/** The search among programs: a plain form, and live where scripts run. The list is `#programs`. */
export function ProgramSearch(props: { path: ProgramListPath; search: string }): JSX.Element {
  return (
    <search>
      <form
        class="civikey-search"
        id="search"
        method="get"
        action={props.path}
        hx-get={props.path}
        hx-trigger="submit, input changed delay:250ms from:#q"
        hx-replace-url="true"
        hx-sync="this:replace"
        hx-target="#programs"
        hx-swap="outerMorph"
        hx-indicator="#busy"
      >
        <label class="usa-sr-only" for="q">
          Search by name, slug or version ID
        </label>
        <input
          class="usa-input civikey-search__text"
          type="search"
          id="q"
          name="q"
          value={attribute(props.search)}
          placeholder="Name, slug, version ID"
          autocomplete="off"
          spellcheck="false"
        />
        <button type="submit" class="usa-button usa-button--outline">
          Search
        </button>
      </form>
    </search>
  );
}

/** How the list of API keys is narrowed: tabs, search, filter, and what to do when nothing is found. */
import { Html } from "@elysiajs/html";
import type { ApiKeyState } from "../../domain/access/keys/find.ts";
import { Checkbox } from "../parts/choice.tsx";
import { attribute, EmptyState } from "../parts/components.tsx";
import { formatCount, pluralize, soonDays } from "../parts/format.ts";
import { SearchForm } from "../parts/search-form.tsx";
import { type ApiKeyListProps, hrefOf, pathOf, summaryOf, tabs } from "./list-text.ts";

/** The tabs with their counts; real links, kept to the same search. */
export function Tabs(props: ApiKeyListProps): JSX.Element {
  return (
    <nav class="civikey-tabs" aria-label="API keys by state">
      <ul class="civikey-tabs__list">
        {tabs.map(({ state, label, path }) => {
          const href = attribute(hrefOf(path, { search: props.search }));
          return (
            <li>
              <a
                class="civikey-tabs__link"
                id={`tab-${state}`}
                href={href}
                aria-current={state === props.state ? "page" : undefined}
                hx-get={href}
                hx-push-url="true"
                hx-target="#api-keys"
                hx-swap="outerMorph"
                hx-indicator="#busy"
              >
                {Html.escapeHtml(label)}{" "}
                <span class="civikey-tabs__count" safe>
                  {formatCount(props.counts[state])}
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

/** The search and the filter. */
export function KeySearch(props: ApiKeyListProps): JSX.Element {
  return (
    <SearchForm
      path={pathOf(props.state)}
      region="api-keys"
      label="Search by name, key ID, program, address or contact"
      placeholder="Name, key ID, program, address"
      search={props.search}
      choice="expiring"
    >
      {props.state === "active" && (
        <Checkbox name="expiring" isChecked={props.expiringOnly} class="civikey-search__filter">
          Runs out within {soonDays} days
        </Checkbox>
      )}
    </SearchForm>
  );
}

const emptyAdvice: Readonly<Record<ApiKeyState, string>> = {
  active: "An API key lets one back end call the API for the programs that you choose.",
  retired: "A key that you retire is listed here, with who retired it and when.",
  expired: "A key whose expiration date has come is listed here. It cannot be used any more.",
};

/** In place of the list when it is empty: why, and what to do next. */
export function NoApiKeys(props: ApiKeyListProps): JSX.Element {
  const { state, search, expiringOnly } = props;
  const isNarrowed = search !== "" || expiringOnly;
  return (
    <EmptyState title={summaryOf(props)}>
      {isNarrowed ? <OtherTabs {...props} /> : <p safe>{emptyAdvice[state]}</p>}
      {isNarrowed && (
        <p>
          <a href={pathOf(state)}>Show all {state} API keys</a>
        </p>
      )}
      {!isNarrowed && state === "active" && (
        <p>
          <a href="/admin/apiKeys/new">Create an API key</a>
        </p>
      )}
    </EmptyState>
  );
}

/** Says where else the search finds something: the key that a caller names is often a retired one. */
function OtherTabs({ state, search, counts }: ApiKeyListProps): JSX.Element {
  const others = tabs.filter((tab) => tab.state !== state && counts[tab.state] > 0);
  if (search === "" || others.length === 0) return "";
  return (
    <p>
      The search finds{" "}
      {others.map((tab, index) => (
        <>
          {index > 0 && " and "}
          <a href={attribute(hrefOf(tab.path, { search }))} safe>
            {pluralize(counts[tab.state], `${tab.state} key`)}
          </a>
        </>
      ))}
      .
    </p>
  );
}

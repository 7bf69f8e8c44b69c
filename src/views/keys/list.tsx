import type { ApiKey, ApiKeyState } from "../../domain/access/keys/find.ts";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import { Checkbox } from "../parts/choice.tsx";
import { attribute, EmptyState, NextPage, PageHeading } from "../parts/components.tsx";
import { ExpiringNote } from "../parts/expiring-note.tsx";
import { pluralize, soonDays } from "../parts/format.ts";
import { keyListHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toFragment, toHtml } from "../parts/layout.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { SearchForm } from "../parts/search-form.tsx";
import { ApiKeyCard } from "./card.tsx";
import { Tabs, tabs } from "./tabs.tsx";

/** One page of the list of API keys, and the search that it answers. */
export interface ApiKeysPageProps {
  readonly page: PageContext;
  /** The open tab. */
  readonly state: ApiKeyState;
  /** How many keys each tab has, for the same search. */
  readonly counts: Readonly<Record<ApiKeyState, number>>;
  /** Newest first. */
  readonly apiKeys: readonly ApiKey[];
  /** Whether there are older ones; the next page is `before` the last one here. */
  readonly hasMore: boolean;
  /** What is searched for; empty for everything. */
  readonly search: string;
  /** Only those that expire within 30 days. */
  readonly expiringOnly: boolean;
  /** The daily calls of each key, by its number. */
  readonly calls: ReadonlyMap<number, readonly DailyCalls[]>;
}

const titles: Readonly<Record<ApiKeyState, string>> = {
  active: "API keys",
  retired: "Retired API keys",
  expired: "Expired API keys",
};

/** The list of API keys with its tabs, search and filter: the whole document. */
export function apiKeysPage(props: ApiKeysPageProps): string {
  const title = titles[props.state];
  return toHtml(
    <Layout page={props.page} title={title} section="/admin/apiKeys" expiringNote={false}>
      <PageHeading title="API keys">
        <a class="usa-button" id="new-api-key-button" href="/admin/apiKeys/new">
          New API key
        </a>
      </PageHeading>
      <Region {...props} />
    </Layout>,
  );
}

/** The part of `apiKeysPage` that changes with tab, search and filter, and the title, for htmx. */
export function apiKeysFragment(props: ApiKeysPageProps): string {
  return toFragment(titles[props.state], <Region {...props} />);
}

function Region(props: ApiKeysPageProps): JSX.Element {
  const { page, state, apiKeys, search, expiringOnly } = props;
  const before = apiKeys.at(-1)?.id;
  return (
    <div id="api-keys" data-announce={attribute(summaryOf(props))}>
      <Tabs {...props} />
      <SearchForm
        path={keyListHref(state)}
        region="api-keys"
        label="Search by name, key ID, program, address or contact"
        placeholder="Name, key ID, program, address"
        search={search}
        choice="expiring"
      >
        {state === "active" && (
          <Checkbox name="expiring" isChecked={expiringOnly} class="civikey-search__filter">
            Expires within {soonDays} days
          </Checkbox>
        )}
      </SearchForm>
      {!expiringOnly && <ExpiringNote count={page.expiringCount} />}
      {apiKeys.length === 0 && <NoApiKeys {...props} />}
      {apiKeys.length > 0 && (
        <ul class="civikey-keys">
          {apiKeys.map((apiKey) => (
            <ApiKeyCard apiKey={apiKey} page={page} calls={props.calls.get(apiKey.id) ?? []} />
          ))}
        </ul>
      )}
      {props.hasMore && <NextPage href={keyListHref(state, { search, expiringOnly, before })} />}
    </div>
  );
}

function summaryOf(props: ApiKeysPageProps): string {
  const { state, apiKeys, counts, hasMore, search, expiringOnly } = props;
  const isNew = search === "" && Object.values(counts).every((count) => count === 0);
  if (isNew) return "No API keys yet.";
  const noun = `${state} API key`;
  const first = expiringOnly && hasMore ? "The first " : "";
  return summarizeList({
    count: apiKeys.length,
    noun,
    shown: `${first}${pluralize(expiringOnly ? apiKeys.length : counts[state], noun)}`,
    filter: expiringOnly ? ` expiring within ${soonDays} days` : "",
    search,
  });
}

const emptyAdvice: Readonly<Record<ApiKeyState, string>> = {
  active: "An API key lets a system call the API for the programs that you choose.",
  retired: "Keys that you retire are listed here, with who retired them and when.",
  expired: "Keys are listed here once they expire. They no longer work.",
};

function NoApiKeys(props: ApiKeysPageProps): JSX.Element {
  const { state, search, expiringOnly } = props;
  const isFiltered = search !== "" || expiringOnly;
  return (
    <EmptyState title={summaryOf(props)}>
      {isFiltered ? <OtherTabs {...props} /> : <p safe>{emptyAdvice[state]}</p>}
      {isFiltered && (
        <p>
          <a href={keyListHref(state)}>Show all {state} API keys</a>
        </p>
      )}
      {!isFiltered && state === "active" && (
        <p>
          <a href="/admin/apiKeys/new">Create an API key</a>
        </p>
      )}
    </EmptyState>
  );
}

/** Links to the tabs where the search finds something: a caller often names a retired key. */
function OtherTabs({ state, search, counts }: ApiKeysPageProps): JSX.Element {
  const others = tabs.filter((tab) => tab.state !== state && counts[tab.state] > 0);
  if (search === "" || others.length === 0) return "";
  return (
    <p>
      The search finds{" "}
      {others.map((tab, index) => (
        <>
          {index > 0 && " and "}
          <a href={attribute(keyListHref(tab.state, { search }))} safe>
            {pluralize(counts[tab.state], `${tab.state} key`)}
          </a>
        </>
      ))}
      .
    </p>
  );
}

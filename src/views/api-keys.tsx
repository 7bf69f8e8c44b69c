import type { ApiKey, ApiKeyState } from "../domain/api-keys.ts";
import {
  attribute,
  Code,
  EmptyState,
  Fact,
  Facts,
  Name,
  NextPage,
  PageHeading,
} from "./components.tsx";
import { formatCount, pluralize, soonDays } from "./format.ts";
import { Expires, Grants, History, LastUsed, StateBadge, Subnets } from "./key-facts.tsx";
import { Layout, type PageContext, toHtml } from "./layout.tsx";

/** What the list of API keys shows. */
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
  /** Only those that run out within 30 days. */
  readonly expiringOnly: boolean;
  /** How many active keys run out within 30 days, whatever is searched for. */
  readonly expiringCount: number;
}

const tabs: readonly { state: ApiKeyState; label: string; path: string }[] = [
  { state: "active", label: "Active", path: "/admin/apiKeys" },
  { state: "retired", label: "Retired", path: "/admin/apiKeys/retired" },
  { state: "expired", label: "Expired", path: "/admin/apiKeys/expired" },
];

/** The list of API keys with its tabs, search and filter. */
export function apiKeysPage(props: ApiKeysPageProps): string {
  return toHtml(
    <Layout page={props.page} title={titleOf(props)} section="/admin/apiKeys">
      <PageHeading title="API keys">
        <a class="usa-button" id="new-api-key-button" href="/admin/apiKeys/new">
          New API key
        </a>
      </PageHeading>
      <Region {...props} />
    </Layout>,
  );
}

/** The part of `ApiKeysPage` that changes with tab, search and filter, for htmx; with the title. */
export function apiKeysFragment(props: ApiKeysPageProps): string {
  return toHtml(
    <>
      <title safe>{`${titleOf(props)} – CiviKey`}</title>
      <Region {...props} />
    </>,
  );
}

function titleOf({ state }: ApiKeysPageProps): string {
  return state === "active" ? "API keys" : `${labelOf(state)} API keys`;
}

function Region(props: ApiKeysPageProps): JSX.Element {
  return (
    <div id="api-keys" data-announce={summaryOf(props)}>
      <Tabs {...props} />
      <SearchForm {...props} />
      <ExpiringNote {...props} />
      {props.apiKeys.length === 0 ? <NoKeys {...props} /> : <Keys {...props} />}
    </div>
  );
}

function Tabs(props: ApiKeysPageProps): JSX.Element {
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
                hx-target="#api-keys"
                hx-swap="outerMorph"
                hx-push-url="true"
                hx-indicator="#busy"
              >
                {label} <span class="civikey-tabs__count">{formatCount(props.counts[state])}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function SearchForm(props: ApiKeysPageProps): JSX.Element {
  const path = pathOf(props.state);
  return (
    <search>
      <form
        class="civikey-search"
        id="search"
        method="get"
        action={path}
        hx-get={path}
        hx-trigger="submit, input changed delay:250ms from:#q, change from:#expiring"
        hx-target="#api-keys"
        hx-swap="outerMorph"
        hx-replace-url="true"
        hx-sync="this:replace"
        hx-indicator="#busy"
      >
        <label class="usa-sr-only" for="q">
          Search by name, key ID or program
        </label>
        <input
          class="usa-input civikey-search__text"
          type="search"
          id="q"
          name="q"
          value={attribute(props.search)}
          placeholder="Name, key ID or program"
          autocomplete="off"
          spellcheck="false"
        />
        <button type="submit" class="usa-button usa-button--outline">
          Search
        </button>
        {props.state === "active" && (
          <div class="usa-checkbox civikey-search__filter">
            <input
              class="usa-checkbox__input"
              type="checkbox"
              id="expiring"
              name="expiring"
              value="true"
              checked={props.expiringOnly}
            />
            <label class="usa-checkbox__label" for="expiring">
              Runs out within {soonDays} days
            </label>
          </div>
        )}
      </form>
    </search>
  );
}

function ExpiringNote(props: ApiKeysPageProps): JSX.Element {
  if (props.state !== "active" || props.expiringOnly || props.expiringCount === 0) return "";
  const count = props.expiringCount;
  return (
    <div class="usa-alert usa-alert--warning usa-alert--slim civikey-notice">
      <div class="usa-alert__body">
        <p class="usa-alert__text">
          {pluralize(count, "key")} {count === 1 ? "runs" : "run"} out within {soonDays} days.{" "}
          <a class="usa-link" href="/admin/apiKeys?expiring=true">
            Show {count === 1 ? "it" : "them"}
          </a>
        </p>
      </div>
    </div>
  );
}

function Keys(props: ApiKeysPageProps): JSX.Element {
  const last = props.apiKeys.at(-1);
  const more = { search: props.search, expiring: props.expiringOnly, before: last?.id };
  return (
    <>
      <ul class="civikey-keys">
        {props.apiKeys.map((apiKey) => (
          <KeyCard apiKey={apiKey} page={props.page} />
        ))}
      </ul>
      {props.hasMore && <NextPage href={hrefOf(pathOf(props.state), more)} />}
    </>
  );
}

function KeyCard({ apiKey, page }: { apiKey: ApiKey; page: PageContext }): JSX.Element {
  const href = `/admin/apiKeys/${apiKey.id}`;
  return (
    <li class="civikey-key" id={`key-${apiKey.id}`}>
      <div class="civikey-key__head">
        <h2 class="civikey-key__name">
          <a class="usa-link" href={href}>
            <Name text={apiKey.name} />
          </a>
        </h2>
        <StateBadge apiKey={apiKey} page={page} />
        {apiKey.state !== "retired" && (
          <a class="usa-link civikey-key__action" href={`${href}/retire`}>
            Retire key
            <span class="usa-sr-only">
              {" "}
              <Name text={apiKey.name} />
            </span>
          </a>
        )}
      </div>
      <div class="civikey-key__body">
        <Facts>
          <Fact name="Key ID">
            <Code text={apiKey.keyId} />
          </Fact>
          <Fact name={apiKey.state === "expired" ? "Expired on" : "Expires on"}>
            <Expires apiKey={apiKey} page={page} />
          </Fact>
          <Fact name="Last used">
            <LastUsed apiKey={apiKey} page={page} />
          </Fact>
          <Fact name="Call count">{formatCount(apiKey.callCount)}</Fact>
          <Fact name="Allowed subnets">
            <Subnets apiKey={apiKey} shown={3} />
          </Fact>
        </Facts>
        <Grants apiKey={apiKey} shown={4} />
      </div>
      <History apiKey={apiKey} page={page} />
    </li>
  );
}

const emptyAdvice: Readonly<Record<ApiKeyState, string>> = {
  active: "An API key lets one back end call the API for the programs that you choose.",
  retired: "A key that you retire is listed here, with who retired it and when.",
  expired: "A key whose expiration date has come is listed here. It cannot be used any more.",
};

function NoKeys(props: ApiKeysPageProps): JSX.Element {
  const { state, search, expiringOnly } = props;
  const title = summaryOf(props);
  if (search !== "" || expiringOnly) {
    return (
      <EmptyState title={title}>
        <OtherTabs {...props} />
        <p>
          <a class="usa-link" href={pathOf(state)}>
            Show all {state} API keys
          </a>
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title={title}>
      <p safe>{emptyAdvice[state]}</p>
      {state === "active" && (
        <p>
          <a class="usa-link" href="/admin/apiKeys/new">
            Make the first one
          </a>
        </p>
      )}
    </EmptyState>
  );
}

/** Says where else the search finds something: the key that a caller names is often retired. */
function OtherTabs({ state, search, counts }: ApiKeysPageProps): JSX.Element {
  const others = tabs.filter((tab) => tab.state !== state && counts[tab.state] > 0);
  if (search === "" || others.length === 0) return "";
  return (
    <p>
      The search finds{" "}
      {others.map((tab, index) => (
        <>
          {index > 0 && " and "}
          <a class="usa-link" href={attribute(hrefOf(tab.path, { search }))} safe>
            {pluralize(counts[tab.state], `${tab.state} key`)}
          </a>
        </>
      ))}
      .
    </p>
  );
}

/** What the list holds, in one sentence: the title of an empty list, and what is announced. */
function summaryOf({ state, apiKeys, counts, search, expiringOnly }: ApiKeysPageProps): string {
  const within = expiringOnly ? ` that run out within ${soonDays} days` : "";
  const matching = search === "" ? "" : ` for “${search}”`;
  if (apiKeys.length === 0) return `No ${state} API keys found${within}${matching}.`;
  if (expiringOnly)
    return `${pluralize(apiKeys.length, `${state} API key`)} shown${within}${matching}.`;
  return `${pluralize(counts[state], `${state} API key`)}${matching}.`;
}

function labelOf(state: ApiKeyState): string {
  return tabs.find((tab) => tab.state === state)?.label ?? state;
}

function pathOf(state: ApiKeyState): string {
  return tabs.find((tab) => tab.state === state)?.path ?? "/admin/apiKeys";
}

function hrefOf(
  path: string,
  query: { search: string; expiring?: boolean; before?: number | undefined },
): string {
  const parameters = new URLSearchParams();
  if (query.search !== "") parameters.set("q", query.search);
  if (query.expiring) parameters.set("expiring", "true");
  if (query.before !== undefined) parameters.set("before", String(query.before));
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

import type { ApiKey, ApiKeyState } from "../../domain/access/keys/find.ts";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import { Checkbox } from "../parts/choice.tsx";
import { attribute, LinkLine, PageHeading } from "../parts/components.tsx";
import { ExpiringNote } from "../parts/expiring-note.tsx";
import { pluralize, soonDays } from "../parts/format.ts";
import { keyListHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { ListForm, listPage, SearchField } from "../parts/list-page.tsx";
import { summarizeList } from "../parts/list-summary.ts";
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

/** The list of API keys with its tabs, search and filter. */
export function apiKeysPage(props: ApiKeysPageProps): string {
  const { page, state, apiKeys, search, expiringOnly } = props;
  const before = apiKeys.at(-1)?.id;
  return listPage({
    page,
    section: "/admin/apiKeys",
    title: titles[state],
    top: (
      <PageHeading title="API keys">
        {page.may("change keys") && (
          <a class="usa-button" id="new-api-key-button" href="/admin/apiKeys/new">
            New API key
          </a>
        )}
      </PageHeading>
    ),
    region: "api-keys",
    summary: summaryOf(props),
    form: (
      <>
        <Tabs {...props} />
        <ListForm
          class="civikey-search"
          path={keyListHref(state)}
          region="api-keys"
          live={["q"]}
          choices={state === "active" ? ["expiring"] : []}
        >
          <SearchField
            label="Search by name, key ID, program, address or contact"
            placeholder="Name, key ID, program, address"
            search={search}
          />
          {state === "active" && (
            <Checkbox name="expiring" isChecked={expiringOnly} class="civikey-search__filter">
              Expires within {soonDays} days
            </Checkbox>
          )}
        </ListForm>
        {!expiringOnly && <ExpiringNote count={page.expiringCount} />}
      </>
    ),
    isEmpty: apiKeys.length === 0,
    list: (
      <ul class="civikey-keys">
        {apiKeys.map((apiKey) => (
          <ApiKeyCard apiKey={apiKey} page={page} calls={props.calls.get(apiKey.id) ?? []} />
        ))}
      </ul>
    ),
    advice: <Advice {...props} />,
    next: props.hasMore && keyListHref(state, { search, expiringOnly, before }),
    // It is in the list.
    expiringNote: false,
  });
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

function Advice(props: ApiKeysPageProps): JSX.Element {
  const { page, state, search, expiringOnly } = props;
  if (search === "" && !expiringOnly) {
    return (
      <>
        <p safe>{emptyAdvice[state]}</p>
        {state === "active" && page.may("change keys") && (
          <LinkLine href="/admin/apiKeys/new" text="Create an API key" />
        )}
      </>
    );
  }
  return (
    <>
      <OtherTabs {...props} />
      <LinkLine href={keyListHref(state)} text={`Show all ${state} API keys`} />
    </>
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

import { Html } from "@elysiajs/html";
import type { ApiKeyState } from "../../domain/access/keys/find.ts";
import { type ApiKeyOrder, newestFirst } from "../../domain/access/keys/order.ts";
import type { FirstSteps } from "../../domain/programs/first-steps.ts";
import { ButtonLink, SubmitButton } from "../parts/buttons.tsx";
import { Checkbox } from "../parts/choice.tsx";
import { Alert, PageHeading } from "../parts/components.tsx";
import { pluralize, soonDays } from "../parts/format.ts";
import { downloadHref, keyListHref } from "../parts/hrefs.ts";
import { ListForm, listPage, SearchField } from "../parts/list-page.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { pagingOf } from "../parts/paging.tsx";
import { sortOf } from "../parts/tables.tsx";
import { attribute, LinkLine } from "../parts/text.tsx";
import { FirstStepsList } from "../programs/first-steps.tsx";
import { ApiKeyTable, type ApiKeyTableProps, retireFormId } from "./table.tsx";
import { Tabs, tabs } from "./tabs.tsx";

/** One page of the list of API keys, and the search that it answers. */
export interface ApiKeysPageProps extends ApiKeyTableProps {
  /** The open tab. */
  readonly state: ApiKeyState;
  /** How many keys each tab has, for the same search. */
  readonly counts: Readonly<Record<ApiKeyState, number>>;
  /** What is searched for; empty for everything. */
  readonly search: string;
  /** Only those that expire within 30 days. */
  readonly expiringOnly: boolean;
  /** Until there was a first call, for those who make the instance ready. */
  readonly firstSteps: FirstSteps | null;
}

const titles: Readonly<Record<ApiKeyState, string>> = {
  active: "API keys",
  retired: "Retired API keys",
  expired: "Expired API keys",
};

/** The order in which keys are listed unless another is chosen: those that expire soon by when they do. */
export function usualOrder(expiringOnly: boolean): ApiKeyOrder {
  return expiringOnly ? { by: "expires", isDescending: false } : newestFirst;
}

const orderNames: readonly (readonly [by: ApiKeyOrder["by"], ascending: string, descending: string])[] = [
  ["created", "Oldest first", "Newest first"],
  ["expires", "Expires first", "Expires last"],
  ["lastUsed", "Longest unused", "Used last"],
  ["name", "Name, A to Z", "Name, Z to A"],
  ["calls", "Fewest calls", "Most calls"],
];

/** The list of API keys with its tabs, search and filter. */
export function apiKeysPage(props: ApiKeysPageProps): string {
  const { page, state, found, search, expiringOnly, order, firstSteps } = props;
  const query = { search, expiringOnly, sort: sortOf(order, usualOrder(expiringOnly)) };
  return listPage({
    page,
    section: "/admin/apiKeys",
    title: titles[state],
    search,
    top: (
      <PageHeading title="API keys">
        {page.may("change keys") && <ButtonLink href="/admin/apiKeys/new" text="New API key" id="new-api-key-button" />}
      </PageHeading>
    ),
    region: "api-keys",
    summary: summaryOf(props),
    downloads: [["Download CSV", downloadHref(keyListHref(state, query))]],
    form: (
      <>
        <Tabs {...props} />
        <ListForm
          class="civikey-search"
          path={keyListHref(state)}
          region="api-keys"
          live={["q"]}
          choices={state === "active" ? ["expiring", "sort"] : ["sort"]}
        >
          <SearchField
            label="Search by name, key ID, program, address or contact"
            placeholder="Name, ID, program"
            search={search}
          />
          <SortChoice order={order} expiringOnly={expiringOnly} />
          {state === "active" && (
            <Checkbox name="expiring" isChecked={expiringOnly} class="civikey-search__filter">
              Expires within {soonDays} days
            </Checkbox>
          )}
        </ListForm>
        {!expiringOnly && <ExpiringNote count={page.expiringCount} />}
        {firstSteps !== null && found.rows.length > 0 && <FirstStepsList steps={firstSteps} />}
      </>
    ),
    isEmpty: found.rows.length === 0,
    list: (
      <ApiKeyTable
        {...props}
        hrefOf={(wanted) => keyListHref(state, { ...query, sort: sortOf(wanted, usualOrder(expiringOnly)) })}
      />
    ),
    advice: <Advice {...props} />,
    end: page.may("change keys") && state !== "retired" && found.rows.length > 0 && <RetireSelected />,
    ...pagingOf(found, (start) => keyListHref(state, { ...query, ...start })),
  });
}

/** Says how many active keys expire soon, with a link to them. Nothing when none does. */
function ExpiringNote({ count }: { count: number }): JSX.Element {
  if (count === 0) return "";
  return (
    <Alert tone="warning">
      {Html.escapeHtml(`${pluralize(count, "key")} ${count === 1 ? "expires" : "expire"}`)} within {soonDays} days.{" "}
      <a class="civikey-nowrap" href="/admin/apiKeys?expiring=true">
        Show {count === 1 ? "it" : "them"}
      </a>
    </Alert>
  );
}

/** Retires the keys whose boxes are checked; hidden until one is. */
function RetireSelected(): JSX.Element {
  return (
    <form class="civikey-bulk" id={retireFormId} method="get" action="/admin/apiKeys/retire">
      <SubmitButton text="Retire selected keys" look="danger" />
    </form>
  );
}

/** All orders: a narrow window has no headings to sort by, and a search keeps the order. */
function SortChoice({ order, expiringOnly }: { order: ApiKeyOrder; expiringOnly: boolean }): JSX.Element {
  const options = orderNames.flatMap(([by, ascending, descending]) => [
    { order: { by, isDescending: false }, name: ascending },
    { order: { by, isDescending: true }, name: descending },
  ]);
  return (
    <select class="usa-select civikey-search__sort" id="sort" name="sort" aria-label="Sort by">
      {options.map((option) => (
        <option
          value={sortOf(option.order, usualOrder(expiringOnly))}
          selected={Bun.deepEquals(option.order, order)}
          safe
        >
          {option.name}
        </option>
      ))}
    </select>
  );
}

function summaryOf(props: ApiKeysPageProps): string {
  const { state, counts, found, search, expiringOnly } = props;
  const isNew = search === "" && Object.values(counts).every((count) => count === 0);
  if (isNew) return "No API keys yet.";
  return summarizeList({
    ...found.total,
    noun: `${state} API key`,
    filter: expiringOnly ? ` expiring within ${soonDays} days` : "",
    search,
  });
}

const emptyAdvice: Readonly<Record<ApiKeyState, string>> = {
  active: "An API key lets a system call the API for chosen programs.",
  retired: "Retired keys are listed here, with who retired them and when.",
  expired: "Keys are listed here once they expire. They no longer work.",
};

function Advice(props: ApiKeysPageProps): JSX.Element {
  const { page, state, search, expiringOnly, firstSteps } = props;
  if (firstSteps !== null) return <FirstStepsList steps={firstSteps} />;
  if (search === "" && !expiringOnly) {
    return (
      <>
        <p safe>{emptyAdvice[state]}</p>
        {state === "active" &&
          (page.may("change keys") ? (
            <LinkLine href="/admin/apiKeys/new" text="Create an API key" />
          ) : (
            <p>An admin can create one.</p>
          ))}
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

import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { Refusal } from "../../domain/access/refusals/list.ts";
import type { Page } from "../../lib/keyset.ts";
import { LinkLine, NameLink, PageHeading, pagingOf } from "../parts/components.tsx";
import { downloadHref, refusalsHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { ListForm, listPage, SearchField } from "../parts/list-page.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { reasonNames } from "./reasons.ts";
import { RefusalTable } from "./tables.tsx";

/** One page of refused calls, and the filters that it answers. */
export interface RefusalsPageProps {
  readonly page: PageContext;
  /** Newest first. */
  readonly found: Page<Refusal, number>;
  /** Only those with this reason. */
  readonly reason: RefusalReason | null;
  /** What is searched for; empty for everything. */
  readonly search: string;
  /** The one key that the list is about. */
  readonly apiKey: { readonly id: number; readonly name: string } | null;
}

/** Refused calls with their reasons, with a key or without. */
export function refusalsPage(props: RefusalsPageProps): string {
  const { page, found, apiKey, reason, search } = props;
  const hrefOf = (start = {}) => refusalsHref({ apiKeyId: apiKey?.id, reason, search, ...start });
  const title = "Refused calls";
  return listPage({
    page,
    section: "/admin/refusals",
    title,
    search,
    top: (
      <>
        <PageHeading title={title} />
        <p>
          Calls that the API refused with 401. Callers see only the 401. You see the reason, for 90 days. Identical
          calls within a minute are counted together; after two days, within a day. Credentials that match no key are
          not stored; the same text always has the same fingerprint.
        </p>
      </>
    ),
    region: "refusals",
    summary: summaryOf(props),
    form: <FilterForm {...props} />,
    downloads: [["Download CSV", downloadHref(hrefOf())]],
    isEmpty: found.rows.length === 0,
    list: <RefusalTable refusals={found.rows} page={page} showsCaller />,
    advice: <Advice {...props} />,
    ...pagingOf(found, hrefOf),
  });
}

function summaryOf({ found, reason, search, apiKey }: RefusalsPageProps): string {
  const ofKey = apiKey === null ? "" : ` of ${apiKey.name}`;
  const because = reason === null ? "" : ` because of “${reasonNames[reason]}”`;
  return summarizeList({
    ...found.total,
    // A row stands for all identical calls of a minute.
    noun: "group of identical refused calls",
    plural: found.total.count === 0 ? "refused calls" : "groups of identical refused calls",
    filter: `${ofKey}${because}`,
    search,
  });
}

function FilterForm({ reason, search, apiKey }: RefusalsPageProps): JSX.Element {
  return (
    <>
      <ListForm class="civikey-search" path="/admin/refusals" region="refusals" live={["q"]} choices={["reason"]}>
        {apiKey !== null && <input type="hidden" name="key" value={String(apiKey.id)} />}
        <label class="usa-sr-only" for="reason">
          Reason
        </label>
        <select class="usa-select civikey-search__choice" id="reason" name="reason">
          <option value="">All reasons</option>
          {Object.entries(reasonNames).map(([value, name]) => (
            <option value={value} selected={value === reason} safe>
              {name}
            </option>
          ))}
        </select>
        <SearchField
          label="Search by address, subnet, request ID, fingerprint or key"
          placeholder="Address, request ID, fingerprint, key"
          search={search}
        />
      </ListForm>
      {apiKey !== null && (
        <p>
          Only calls with the key <NameLink href={`/admin/apiKeys/${apiKey.id}`} name={apiKey.name} />.{" "}
          <a href="/admin/refusals">Show calls with any key</a>
        </p>
      )}
    </>
  );
}

function Advice({ reason, search, apiKey }: RefusalsPageProps): JSX.Element {
  if (reason === null && search === "" && apiKey === null) return <p>When a call is refused, this page says why.</p>;
  return (
    <>
      <p>
        A refused call appears here within a second. For identical calls within a minute, only the latest request ID is
        kept.
      </p>
      <LinkLine href="/admin/refusals" text="Show all refused calls" />
    </>
  );
}

import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { Refusal } from "../../domain/access/refusals/list.ts";
import { attribute, EmptyState, NameLink, NextPage, PageHeading } from "../parts/components.tsx";
import { refusalsHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toFragment, toHtml } from "../parts/layout.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { SearchForm } from "../parts/search-form.tsx";
import { reasonNames } from "./reasons.ts";
import { RefusalTable } from "./tables.tsx";

/** One page of refused calls, and the filters that it answers. */
export interface RefusalsPageProps {
  readonly page: PageContext;
  /** Newest first. */
  readonly refusals: readonly Refusal[];
  /** Whether there are older ones; the next page is `before` the last one here. */
  readonly hasMore: boolean;
  /** Only those with this reason. */
  readonly reason: RefusalReason | null;
  /** What is searched for; empty for everything. */
  readonly search: string;
  /** The one key that the list is about. */
  readonly apiKey: { readonly id: number; readonly name: string } | null;
}

const title = "Refused calls";

/** Refused calls with their reasons, with a key or without: the whole document. */
export function refusalsPage(props: RefusalsPageProps): string {
  return toHtml(
    <Layout page={props.page} title={title} section="/admin/refusals">
      <PageHeading title={title} />
      <p>
        Calls that the API refused with 401. Callers see only the 401. You see the reason, for 90 days. Identical calls
        within a minute are counted together; after two days, within a day. Credentials that match no key are not
        stored; the same text always has the same fingerprint.
      </p>
      <Region {...props} />
    </Layout>,
  );
}

/** The part of `refusalsPage` that changes with filter and search, and the title, for htmx. */
export function refusalsFragment(props: RefusalsPageProps): string {
  return toFragment(title, <Region {...props} />);
}

function summaryOf({ refusals, hasMore, reason, search, apiKey }: RefusalsPageProps): string {
  const ofKey = apiKey === null ? "" : ` of ${apiKey.name}`;
  const because = reason === null ? "" : ` because of “${reasonNames[reason]}”`;
  return summarizeList({
    count: refusals.length,
    noun: "refused call",
    shown: `${hasMore ? "The newest" : "All"} refused calls`,
    filter: `${ofKey}${because}`,
    search,
  });
}

function Region(props: RefusalsPageProps): JSX.Element {
  const { refusals, hasMore, page, apiKey, reason, search } = props;
  const older = refusalsHref({ apiKeyId: apiKey?.id, reason, search, before: refusals.at(-1)?.id });
  return (
    <div id="refusals" data-announce={attribute(summaryOf(props))}>
      <FilterForm {...props} />
      {apiKey !== null && (
        <p>
          Only calls with the key <NameLink href={`/admin/apiKeys/${apiKey.id}`} name={apiKey.name} />.{" "}
          <a href="/admin/refusals">Show calls with any key</a>
        </p>
      )}
      {refusals.length === 0 ? <NoRefusals {...props} /> : <RefusalTable refusals={refusals} page={page} showsCaller />}
      {hasMore && <NextPage href={older} />}
    </div>
  );
}

/** The filter and the search. */
function FilterForm({ reason, search, apiKey }: RefusalsPageProps): JSX.Element {
  return (
    <SearchForm
      path="/admin/refusals"
      region="refusals"
      label="Search by address, subnet, request ID, fingerprint or key"
      placeholder="Address, request ID, fingerprint, key"
      search={search}
      choice="reason"
      before={
        <>
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
        </>
      }
    />
  );
}

function NoRefusals(props: RefusalsPageProps): JSX.Element {
  const isNarrowed = props.reason !== null || props.search !== "" || props.apiKey !== null;
  return (
    <EmptyState title={summaryOf(props)}>
      {isNarrowed ? (
        <>
          <p>
            A refused call appears here within a second. For identical calls within a minute, only the latest request ID
            is kept.
          </p>
          <p>
            <a href="/admin/refusals">Show all refused calls</a>
          </p>
        </>
      ) : (
        <p>When a call is refused, this page says why.</p>
      )}
    </EmptyState>
  );
}

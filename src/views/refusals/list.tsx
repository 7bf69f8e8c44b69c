import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { DailyRefusals, Refusal, RefusalGroup } from "../../domain/access/refusals/list.ts";
import type { Page } from "../../lib/keyset.ts";
import { SubmitButton } from "../parts/buttons.tsx";
import { DayChart } from "../parts/chart.tsx";
import { PageHeading } from "../parts/components.tsx";
import { formatDay } from "../parts/format.ts";
import { Field } from "../parts/forms.tsx";
import { downloadHref, keyHref, refusalsHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { ListForm, listPage } from "../parts/list-page.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { pagingOf } from "../parts/paging.tsx";
import { LinkLine, NameLink } from "../parts/text.tsx";
import { reasonNames, seriesOfReasons } from "./reasons.ts";
import { RefusalGroups, RefusalTable, WhatToDo } from "./tables.tsx";

/** One page of refused calls, and the filters that it answers. */
export interface RefusalsPageProps {
  readonly page: PageContext;
  /** Newest first. */
  readonly found: Page<Refusal, number>;
  /** Only those with this reason. */
  readonly reason: RefusalReason | null;
  /** Only those of this day (`YYYY-MM-DD`); empty for all days. */
  readonly day: string;
  /** The days of the chart, the oldest first, and what was refused on them. */
  readonly chartDays: readonly string[];
  readonly daily: readonly DailyRefusals[];
  readonly groups: readonly RefusalGroup[];
  /** What is searched for; empty for everything. */
  readonly search: string;
  /** The one key that the list is about. */
  readonly apiKey: { readonly id: number; readonly name: string } | null;
}

/** Refused calls with their reasons, with a key or without. */
export function refusalsPage(props: RefusalsPageProps): string {
  const { page, found, apiKey, reason, day, search } = props;
  const hrefOf = (change = {}) => refusalsHref({ apiKeyId: apiKey?.id, reason, day, search, ...change });
  const title = "Refused calls";
  return listPage({
    page,
    section: "/admin/refusals",
    title,
    search,
    top: (
      <>
        <PageHeading title={title} />
        <p>Callers see only the 401. You see the reason, for 90 days.</p>
      </>
    ),
    region: "refusals",
    summary: summaryOf(props),
    form: (
      <>
        <FilterForm {...props} />
        <Overview {...props} hrefOf={hrefOf} />
      </>
    ),
    downloads: [["Download CSV", downloadHref(hrefOf())]],
    isEmpty: found.rows.length === 0,
    list: (
      <>
        <h2>Calls</h2>
        <RefusalTable refusals={found.rows} page={page} showsCaller />
        <p class="civikey-aside">
          Identical calls of a minute are one row; after two days, those of a day. A text that matches no key isn’t
          stored, but always has the same fingerprint.
        </p>
      </>
    ),
    advice: <Advice {...props} />,
    ...pagingOf(found, hrefOf),
  });
}

/** What was refused on which day, and whose calls: of the day that is asked for, or of those in the chart. */
function Overview(props: RefusalsPageProps & { hrefOf: (change: { reason: string }) => string }): JSX.Element {
  const { page, chartDays, daily, groups, hrefOf } = props;
  const series = seriesOfReasons(daily, chartDays).map((one) => ({ ...one, href: hrefOf({ reason: one.reason }) }));
  return (
    <>
      {series.length > 0 && (
        <DayChart
          title="Refused calls per day"
          summary={`Refused calls of the last ${chartDays.length} days, by reason.`}
          days={chartDays}
          series={series}
        />
      )}
      {groups.length > 0 && (
        <>
          <h2>What to do</h2>
          <WhatToDo reasons={groups.map((group) => group.reason)} />
          <h2>By key</h2>
          <RefusalGroups groups={groups} page={page} />
        </>
      )}
    </>
  );
}

function summaryOf({ found, reason, day, search, apiKey }: RefusalsPageProps): string {
  const ofKey = apiKey === null ? "" : ` of ${apiKey.name}`;
  const because = reason === null ? "" : ` because of “${reasonNames[reason]}”`;
  return summarizeList({
    ...found.total,
    // A row stands for all identical calls of a minute.
    noun: "group of identical refused calls",
    plural: found.total.count === 0 ? "refused calls" : "groups of identical refused calls",
    filter: `${ofKey}${because}${day && ` on ${formatDay(day)}`}`,
    search,
  });
}

function FilterForm({ reason, day, search, apiKey }: RefusalsPageProps): JSX.Element {
  return (
    <>
      <ListForm
        class="civikey-filter"
        path="/admin/refusals"
        region="refusals"
        live={["q"]}
        choices={["reason", "day"]}
      >
        {apiKey !== null && <input type="hidden" name="key" value={String(apiKey.id)} />}
        <Field
          name="reason"
          label="Reason"
          options={[["", "All reasons"], ...Object.entries(reasonNames)]}
          value={reason ?? ""}
        />
        <Field name="day" label="Day" type="date" value={day} />
        <Field name="q" label="Address, request ID, fingerprint or key" type="search" value={search} />
        <SubmitButton text="Filter" look="outline" />
      </ListForm>
      {apiKey !== null && (
        <p>
          Only calls with the key <NameLink href={keyHref(apiKey.id)} name={apiKey.name} />.{" "}
          <a href="/admin/refusals">Show calls with any key</a>
        </p>
      )}
    </>
  );
}

function Advice({ reason, day, search, apiKey }: RefusalsPageProps): JSX.Element {
  if (reason === null && day + search === "" && apiKey === null)
    return <p>When a call is refused, this page says why.</p>;
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

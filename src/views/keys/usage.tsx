/** How much an API key is used: a line in the list, and on its page for what and from where. */
import { Html } from "@elysiajs/html";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { AddressCalls, ProgramCalls } from "../../domain/access/usage/breakdown.ts";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import { Folded } from "../parts/components.tsx";
import { type Clock, formatCount, formatDay, formatPermission, pluralize } from "../parts/format.ts";
import { programHref } from "../parts/hrefs.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { attribute, Code, NameLink, Quiet, Time } from "../parts/text.tsx";

/** The units of the drawing; the style sheet gives it its size. */
const width = 90;
const height = 20;

/** Calls per day as a line without numbers; it says its numbers in words. Nothing when there was no call. */
export function Sparkline({ days }: { days: readonly DailyCalls[] }): JSX.Element {
  const most = Math.max(0, ...days.map(({ callCount }) => callCount));
  if (most === 0) return "";
  const round = (place: number) => Math.round(place * 10) / 10;
  const points = days.map(({ callCount }, index) => {
    const left = (index / (days.length - 1)) * width;
    // The line is as thick as the space above and below it.
    const top = height - 1 - (callCount / most) * (height - 2);
    return `${round(left)},${round(top)}`;
  });
  const line = points.join("L");
  return (
    <svg class="civikey-sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img">
      <title safe>{summaryOf(days)}</title>
      <path class="civikey-sparkline__area" d={`M0,${height}L${line}L${width},${height}Z`} />
      <path class="civikey-sparkline__line" d={`M${line}`} />
    </svg>
  );
}

/** The numbers of a chart in one sentence. */
function summaryOf(days: readonly DailyCalls[]): string {
  const within = `in the last ${days.length} days`;
  const total = days.reduce((sum, { callCount }) => sum + callCount, 0);
  if (total === 0) return `No calls ${within}.`;
  const most = days.reduce((best, day) => (day.callCount > best.callCount ? day : best));
  const all = `${pluralize(total, "call")} ${within}`;
  return most.callCount === total
    ? `${all}, all on ${formatDay(most.day)}.`
    : `${all}, the most on ${formatDay(most.day)}: ${formatCount(most.callCount)}.`;
}

const programColumns = ["Program", "Permission", "Calls", "Last call"];
const addressColumns = ["Address", "Calls", "First seen", "Last seen"];
const addressesShown = 20;

/** What a key was used for in the last 30 days, and from where. A table without rows is left out. */
export function Usage(props: {
  page: Clock;
  programCalls: readonly ProgramCalls[];
  addressCalls: readonly AddressCalls[];
}): JSX.Element {
  const { page, programCalls, addressCalls } = props;
  if (programCalls.length + addressCalls.length === 0) return "";
  const shown = addressCalls.slice(0, addressesShown);
  const others = addressCalls.slice(addressesShown);
  return (
    <>
      <h2>Used in the last 30 days</h2>
      <div class="civikey-columns">
        {programCalls.length > 0 && (
          <DataTable caption="Calls by program and permission" columns={programColumns}>
            {programCalls.map(({ slug, programName, permission, callCount, lastDay }) => (
              <Row columns={programColumns}>
                <NameLink href={programHref(slug)} name={programName} />
                {Html.escapeHtml(formatPermission(permission))}
                {Html.escapeHtml(formatCount(callCount))}
                <time datetime={attribute(lastDay)} safe>
                  {formatDay(lastDay)}
                </time>
              </Row>
            ))}
          </DataTable>
        )}
        {shown.length > 0 && (
          <div>
            <AddressTable page={page} addresses={shown} caption="Calls by address" />
            {others.length > 0 && (
              <Folded summary={pluralize(others.length, "more address", "more addresses")}>
                <AddressTable page={page} addresses={others} caption="Calls by further addresses" />
              </Folded>
            )}
          </div>
        )}
      </div>
    </>
  );
}

function AddressTable(props: { page: Clock; addresses: readonly AddressCalls[]; caption: string }): JSX.Element {
  const { zone } = props.page;
  return (
    <DataTable caption={props.caption} columns={addressColumns}>
      {props.addresses.map(({ address, callCount, firstAt, lastAt }) => (
        <Row columns={addressColumns}>
          {address === null ? <Quiet>Others</Quiet> : <Code text={address} />}
          {Html.escapeHtml(formatCount(callCount))}
          <Time at={firstAt} zone={zone} />
          <Time at={lastAt} zone={zone} />
        </Row>
      ))}
    </DataTable>
  );
}

/** The calls of the last 7 of some days. */
export function countWeek(calls: readonly DailyCalls[]): number {
  return calls.slice(-7).reduce((sum, { callCount }) => sum + callCount, 0);
}

const inUseMs = 7 * 24 * 3_600_000;

/** Whether a key was used in the last 7 days. */
export function isInUse({ lastUsedAt }: ApiKey, now: Date): boolean {
  return lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() < inUseMs;
}

/** Refused calls in tables: one by one with an explanation, and by key. */
import { Html } from "@elysiajs/html";
import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { Refusal, RefusalGroup } from "../../domain/access/refusals/list.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import { type Clock, formatCount } from "../parts/format.ts";
import { keyHref, refusalsHref } from "../parts/hrefs.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { attribute, Code, NameLink, Time } from "../parts/text.tsx";
import { advice, explainRefusal, reasonNames } from "./reasons.ts";

/** What to do about each of the reasons. */
export function WhatToDo({ reasons }: { reasons: readonly RefusalReason[] }): JSX.Element {
  return (
    <Facts wide>
      {[...new Set(reasons)].map((reason) => (
        <Fact name={reasonNames[reason]} text={advice[reason]} />
      ))}
    </Facts>
  );
}

/** Refusals, newest first; `showsCaller` adds whose they are, where that is not said anyway. */
export function RefusalTable(props: { refusals: readonly Refusal[]; page: Clock; showsCaller?: boolean }): JSX.Element {
  const { refusals, page, showsCaller = false } = props;
  const columns = ["When", "Why", showsCaller ? "Who" : "From", "What"];
  return (
    <DataTable caption="Refused calls" columns={columns}>
      {refusals.map((refusal) => (
        <Row columns={columns}>
          <When refusal={refusal} page={page} />
          <Why refusal={refusal} page={page} />
          <div class="civikey-from">
            {showsCaller && <Caller refusal={refusal} />}
            <From refusal={refusal} isBelow={showsCaller} />
          </div>
          <What refusal={refusal} />
        </Row>
      ))}
    </DataTable>
  );
}

const groupColumns = ["Who", "Why", "Calls", "Last", "Tried"];

/** Refused calls by key, or by the credential that matches none: how many, and what was tried. */
export function RefusalGroups({ groups, page }: { groups: readonly RefusalGroup[]; page: Clock }): JSX.Element {
  return (
    <DataTable caption="Refused calls by key" columns={groupColumns}>
      {groups.map((group) => (
        <Row columns={groupColumns}>
          {group.key === null && group.fingerprint === null ? "No credentials" : <Caller refusal={group} />}
          {Html.escapeHtml(reasonNames[group.reason])}
          <a href={attribute(groupHref(group))} safe>
            {formatCount(group.callCount)}
          </a>
          <Time at={group.lastAt} zone={page.zone} exact />
          <div>
            <Tried names={group.routes.map(nameRoute)} count={group.routeCount} />
            <p class="civikey-aside">
              from <Tried names={group.addresses} count={group.addressCount} />
            </p>
          </div>
        </Row>
      ))}
    </DataTable>
  );
}

const groupHref = ({ key, fingerprint, reason }: RefusalGroup) =>
  refusalsHref({ apiKeyId: key?.id, search: fingerprint ?? "", reason });

function Tried({ names, count }: { names: readonly string[]; count: number }): JSX.Element {
  if (count === 0) return <span>several</span>;
  const more = count - names.length;
  return (
    <>
      <Code text={names.join(", ")} />
      {more > 0 && Html.escapeHtml(` and ${formatCount(more)} more`)}
    </>
  );
}

const nameRoute = (route: string) => (route === "none" ? "a path that does not exist" : route);

function When({ refusal, page }: { refusal: Refusal; page: Clock }): JSX.Element {
  return (
    <div class="civikey-when">
      <Time at={refusal.lastAt} zone={page.zone} exact />
      {refusal.callCount > 1 && <p class="civikey-aside" safe>{`${formatCount(refusal.callCount)} identical calls`}</p>}
    </div>
  );
}

function Why({ refusal, page }: { refusal: Refusal; page: Clock }): JSX.Element {
  return (
    <div class="civikey-why">
      <strong safe>{reasonNames[refusal.reason]}</strong>
      <p class="civikey-aside" dir="auto" safe>
        {explainRefusal(refusal, page)}
      </p>
    </div>
  );
}

function Caller({
  refusal: { key, fingerprint },
}: {
  refusal: Pick<RefusalGroup, "key" | "fingerprint">;
}): JSX.Element {
  if (key !== null) {
    return <NameLink href={keyHref(key.id)} name={key.name} />;
  }
  if (fingerprint === null) return "";
  return (
    <span>
      Fingerprint{" "}
      <a href={attribute(refusalsHref({ search: fingerprint }))}>
        <Code text={fingerprint} />
      </a>
    </span>
  );
}

/** Where the calls came from. In a column of its own the heading says "from"; elsewhere (`isBelow`) this does. */
function From(props: { refusal: Refusal; isBelow: boolean }): JSX.Element {
  const { address, route } = props.refusal;
  if (address === null) {
    return <p class="civikey-aside">{route === null ? "Several addresses" : "Unknown address"}</p>;
  }
  return (
    <p class="civikey-aside">
      {props.isBelow && "from "}
      <Code text={address} />
    </p>
  );
}

function What({ refusal: { route, lastRequestId } }: { refusal: Refusal }): JSX.Element {
  return (
    <>
      {route === null && "Several paths"}
      {route === "none" && "A path that does not exist"}
      {route !== null && route !== "none" && <Code text={route} />}
      <p class="civikey-aside">
        Request ID <Code text={lastRequestId} />
      </p>
    </>
  );
}

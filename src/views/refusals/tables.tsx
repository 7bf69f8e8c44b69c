/** Refused calls in a table, each with its explanation. */
import type { Refusal } from "../../domain/access/refusals/list.ts";
import { attribute, Code, NameLink, Time } from "../parts/components.tsx";
import { type Clock, formatCount } from "../parts/format.ts";
import { refusalsHref } from "../parts/hrefs.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { explainRefusal, reasonNames } from "./reasons.ts";

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

function Caller({ refusal: { key, fingerprint } }: { refusal: Refusal }): JSX.Element {
  if (key !== null) {
    return <NameLink href={`/admin/apiKeys/${key.id}`} name={key.name} />;
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

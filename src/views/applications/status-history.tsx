import type { StatusChange } from "../../domain/applications/status.ts";
import { Folded } from "../parts/components.tsx";
import { pluralize } from "../parts/format.ts";
import type { PageContext } from "../parts/layout.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { Note, Quiet, Time, UserText } from "../parts/text.tsx";
import { KeyName, TextOr } from "./facts.tsx";

/** How many changes the page shows; the API returns them all. */
export const statusChangesShown = 100;

/** More are collapsed, to keep the answers in sight. */
const unfoldedMax = 5;

/** The changes of an application's status and note, newest first; empty without any. */
export function StatusHistory(props: { changes: readonly StatusChange[]; page: PageContext }): JSX.Element {
  const { changes, page } = props;
  if (changes.length === 0) return "";
  const earlier = changes.slice(unfoldedMax);
  return (
    <>
      <h2 id="status-history">Status history</h2>
      {changes.length === statusChangesShown && (
        <p class="civikey-quiet">Showing the newest {statusChangesShown} changes.</p>
      )}
      <ChangeTable caption="Status history" changes={changes.slice(0, unfoldedMax)} page={page} />
      {earlier.length > 0 && (
        <Folded summary={pluralize(earlier.length, "earlier change")} isApart>
          <ChangeTable caption="Earlier status history" changes={earlier} page={page} />
        </Folded>
      )}
    </>
  );
}

const columns = ["When", "Status", "Previous status", "Note", "Set by"];

function ChangeTable(props: { caption: string; changes: readonly StatusChange[]; page: PageContext }): JSX.Element {
  return (
    <DataTable caption={props.caption} columns={columns}>
      {props.changes.map((change) => (
        <Row columns={columns}>
          <Time at={new Date(Number(change.at / 1000n))} zone={props.page.zone} exact />
          <TextOr text={change.status} none="None" />
          <TextOr text={change.previousStatus} none="None" />
          {change.note ? <Note text={change.note} /> : <Quiet>None</Quiet>}
          <SetBy change={change} page={props.page} />
        </Row>
      ))}
    </DataTable>
  );
}

function SetBy({ change, page }: { change: StatusChange; page: PageContext }): JSX.Element {
  const { apiKey, person } = change;
  if (apiKey !== null) return <KeyName apiKey={apiKey} page={page} />;
  return person === null ? "Import" : <UserText text={person} />;
}

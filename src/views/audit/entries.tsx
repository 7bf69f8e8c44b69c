import { Html } from "@elysiajs/html";
import type { AuditEvent } from "../../domain/access/audit/list.ts";
import type { Clock } from "../parts/format.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { Time, UserText } from "../parts/text.tsx";
import { ActedFrom, AuditDetails } from "./details.tsx";
import { nameOfAction } from "./sentences.tsx";

const columns = ["When", "Who", "What", "From", "Details"];

/** Audit events in a table: when, who, what, from where, and the details. */
export function AuditEntries(props: { entries: readonly AuditEvent[]; page: Clock }): JSX.Element {
  if (props.entries.length === 0) return <p class="civikey-quiet">No audit events yet.</p>;
  return (
    <DataTable caption="Audit events" columns={columns}>
      {props.entries.map((entry) => (
        <Row columns={columns}>
          <Time at={entry.at} zone={props.page.zone} exact />
          <UserText text={entry.actor} />
          {Html.escapeHtml(nameOfAction(entry.action))}
          <ActedFrom event={entry} />
          <AuditDetails details={entry.details} page={props.page} />
        </Row>
      ))}
    </DataTable>
  );
}

import { Html } from "@elysiajs/html";
import type { AuditEvent } from "../../domain/access/audit/list.ts";
import { Code, Time, UserText } from "../parts/components.tsx";
import type { Clock } from "../parts/format.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { AuditDetails } from "./details.tsx";

/** What happened to the key or program of the page; an action that is not here is shown as it is. */
const actionNames: Readonly<Record<string, string>> = {
  "api_key.created": "Created",
  "api_key.imported": "Imported from CiviForm",
  "api_key.retired": "Retired",
  "api_key.rotated": "Rotated",
  "api_key.narrowed": "Edited or restricted",
  "program.imported": "Version imported",
  "program.published": "Published",
  "program.slug_changed": "Slug changed",
  "program.slug_kept": "Slug kept",
  "applications.imported": "Applications imported",
  "applications.synced": "Applications synced",
};

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
          {Html.escapeHtml(actionNames[entry.action] ?? entry.action)}
          {entry.address === null ? "None" : <Code text={entry.address} />}
          <AuditDetails details={entry.details} page={props.page} />
        </Row>
      ))}
    </DataTable>
  );
}

import { escapeHtml } from "@kitajs/html";
import { Code, Name, Time } from "./components.tsx";
import type { Clock } from "./format.ts";
import { Cell, DataTable, Row } from "./tables.tsx";

/** One audit event as the pages show it. */
export interface AuditEntry {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  /** Such as `api_key.created`. */
  readonly action: string;
  readonly address: string | null;
  readonly details: unknown;
}

/** What the actions are called; one that is not here is shown as it is. */
const actionNames: Readonly<Record<string, string>> = {
  "api_key.created": "Created",
  "api_key.retired": "Retired",
  "api_key.rotated": "Rotated",
  "api_key.narrowed": "Narrowed",
};

/** Audit events in a table: when, who, what, from where, and the details. */
export function AuditEntries(props: { entries: readonly AuditEntry[]; page: Clock }): JSX.Element {
  if (props.entries.length === 0) return <p class="civikey-quiet">No audit events yet.</p>;
  return (
    <DataTable caption="Audit events" columns={["When", "Who", "What", "From", "Details"]}>
      {props.entries.map((entry) => (
        <Row>
          <Cell column="When">
            <Time at={entry.at} zone={props.page.zone} exact />
          </Cell>
          <Cell column="Who">
            <Name text={entry.actor} />
          </Cell>
          <Cell column="What">{escapeHtml(actionNames[entry.action] ?? entry.action)}</Cell>
          <Cell column="From">
            {entry.address === null ? "N/A" : <Code text={entry.address} />}
          </Cell>
          <Cell column="Details">
            <Details details={entry.details} />
          </Cell>
        </Row>
      ))}
    </DataTable>
  );
}

function Details({ details }: { details: unknown }): JSX.Element {
  const pairs = typeof details === "object" && details !== null ? Object.entries(details) : [];
  if (pairs.length === 0) return "";
  return (
    <details class="civikey-more">
      <summary>Show</summary>
      <dl class="civikey-details">
        {pairs.map(([name, value]) => (
          <>
            <dt safe>{toWords(name)}</dt>
            <dd class="civikey-break" safe>
              {toText(value)}
            </dd>
          </>
        ))}
      </dl>
    </details>
  );
}

/** A name from the details as people write it: `keyId` is `key id`. */
function toWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A value from the details without its punctuation: lists with commas, the parts of an entry with blanks. */
function toText(value: unknown): string {
  if (Array.isArray(value)) return value.map(toText).join(", ");
  if (typeof value === "object" && value !== null)
    return Object.values(value).map(toText).join(" ");
  return String(value ?? "none");
}

import type { ListedSession } from "../../domain/access/people/sessions.ts";
import { nameBrowser } from "../parts/browser-name.ts";
import { PostButton } from "../parts/buttons.tsx";
import { Badge } from "../parts/components.tsx";
import type { Clock } from "../parts/format.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { Ago, attribute, Code, Time } from "../parts/text.tsx";

interface SessionTableProps {
  readonly page: Clock;
  readonly sessions: readonly (ListedSession & { readonly isCurrent?: boolean })[];
  /** They can be ended here. */
  readonly areOwn?: boolean;
}

const columns = ["Browser", "Started", "Last seen", "From"];

/** Where somebody is signed in. */
export function SessionTable({ page, sessions, areOwn = false }: SessionTableProps): JSX.Element {
  const shown = areOwn ? [...columns, "End"] : columns;
  return (
    <DataTable caption="Sessions" columns={shown}>
      {sessions.map(({ id, userAgent, startedAt, lastSeenAt, address, isCurrent = false }) => (
        <Row columns={shown}>
          <div>
            <span title={attribute(userAgent ?? "")} safe>
              {nameBrowser(userAgent)}
            </span>{" "}
            {areOwn && isCurrent && <Badge tone="good" text="This browser" />}
          </div>
          <Time at={startedAt} zone={page.zone} exact />
          <Ago at={lastSeenAt} now={page.now} />
          {address === null ? "Unknown" : <Code text={address} />}
          {isCurrent ? (
            <PostButton action="/logout" text="Sign out" look="text" />
          ) : (
            <PostButton
              action={`/admin/account/sessions/${id}/end`}
              text="End session"
              more={`of ${nameBrowser(userAgent)}`}
              look="text"
            />
          )}
        </Row>
      ))}
    </DataTable>
  );
}

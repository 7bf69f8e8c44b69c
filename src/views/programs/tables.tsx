/** The tables on a program's page. */
import { Html } from "@elysiajs/html";
import type { ProgramKey } from "../../domain/programs/key-holders.ts";
import type { ProgramVersion } from "../../domain/programs/versions.ts";
import { Badge, Code, Time, UserText } from "../parts/components.tsx";
import { type Clock, formatCount } from "../parts/format.ts";
import { Cell, DataTable, Row } from "../parts/tables.tsx";
import { StageBadge } from "./facts.tsx";

const versionColumns = ["Version", "Stage", "Imported", "Published", "Questions"];

/** The versions of a program. */
export function ProgramVersionTable(props: { versions: readonly ProgramVersion[]; page: Clock }): JSX.Element {
  const { zone } = props.page;
  return (
    <DataTable caption="Versions" columns={versionColumns} narrow="wide">
      {props.versions.map((version) => (
        <Row>
          <Cell column="Version">{version.id}</Cell>
          <Cell column="Stage">
            <div>
              <StageBadge stage={version.stage} />
            </div>
          </Cell>
          <Cell column="Imported">
            <Time at={version.importedAt} zone={zone} exact />
          </Cell>
          <Cell column="Published">
            {version.publishedAt === null ? (
              <span class="civikey-quiet">Not yet</span>
            ) : (
              <Time at={version.publishedAt} zone={zone} exact />
            )}
          </Cell>
          <Cell column="Questions">{Html.escapeHtml(formatCount(version.questionCount))}</Cell>
        </Row>
      ))}
    </DataTable>
  );
}

const keyColumns = ["Key", "Key ID", "Permissions", "State", "Expires on"];

/** The keys that have access to a program. */
export function ProgramKeyTable(props: { apiKeys: readonly ProgramKey[]; page: Clock }): JSX.Element {
  return (
    <DataTable caption="API keys with access to this program" columns={keyColumns} narrow="wide">
      {props.apiKeys.map((key) => (
        <Row>
          <Cell column="Key">
            <a href={`/admin/apiKeys/${key.id}`}>
              <UserText text={key.name} />
            </a>
          </Cell>
          <Cell column="Key ID">
            <Code text={key.keyId} />
          </Cell>
          <Cell column="Permissions">{Html.escapeHtml(key.permissions.join(", "))}</Cell>
          <Cell column="State">
            <div>
              <KeyStateBadge state={key.state} />
            </div>
          </Cell>
          <Cell column="Expires on">
            <Time at={key.expiration} zone={props.page.zone} />
          </Cell>
        </Row>
      ))}
    </DataTable>
  );
}

function KeyStateBadge({ state }: Pick<ProgramKey, "state">): JSX.Element {
  if (state === "active") return <Badge tone="good" text="Active" />;
  return <Badge tone="ended" text={state === "retired" ? "Retired" : "Expired"} />;
}

/** The tables on a program's page. */

import { Html } from "@elysiajs/html";
import type { ProgramKey } from "../../domain/programs/key-holders.ts";
import type { ProgramVersion } from "../../domain/programs/versions.ts";
import { keyStates } from "../keys/facts.tsx";
import { Badge, type BadgeProps } from "../parts/components.tsx";
import { type Clock, formatCount, formatPermission } from "../parts/format.ts";
import { keyHref } from "../parts/hrefs.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { Code, NameLink, Time } from "../parts/text.tsx";

const stages: Readonly<Record<ProgramVersion["stage"], BadgeProps>> = {
  draft: { tone: "soon", text: "Draft" },
  active: { tone: "good", text: "Active" },
  obsolete: { tone: "ended", text: "Obsolete" },
};

const versionColumns = ["Version", "Stage", "Imported", "Published", "Questions"];

/** The versions of a program. */
export function ProgramVersionTable(props: { versions: readonly ProgramVersion[]; page: Clock }): JSX.Element {
  const { zone } = props.page;
  return (
    <DataTable caption="Versions" columns={versionColumns}>
      {props.versions.map((version) => (
        <Row columns={versionColumns}>
          {version.id}
          <Badge {...stages[version.stage]} />
          <Time at={version.importedAt} zone={zone} exact />
          <Time at={version.publishedAt} zone={zone} exact none="Not yet" />
          {Html.escapeHtml(formatCount(version.questionCount))}
        </Row>
      ))}
    </DataTable>
  );
}

const keyColumns = ["Key", "Key ID", "Permissions", "State", "Expires on"];

/** The keys that have access to a program. */
export function ProgramKeyTable(props: { apiKeys: readonly ProgramKey[]; page: Clock }): JSX.Element {
  return (
    <DataTable caption="API keys with access to this program" columns={keyColumns}>
      {props.apiKeys.map((key) => (
        <Row columns={keyColumns}>
          <NameLink href={keyHref(key.id)} name={key.name} />
          <Code text={key.keyId} />
          {Html.escapeHtml(key.permissions.map(formatPermission).join(", "))}
          <Badge {...keyStates[key.state]} />
          <Time at={key.expiration} zone={props.page.zone} />
        </Row>
      ))}
    </DataTable>
  );
}

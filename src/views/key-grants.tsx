/** What API keys may do. */
import { escapeHtml } from "@kitajs/html";
import type { ApiKey, NamedGrant } from "../domain/api-keys.ts";
import { Code, Name } from "./components.tsx";
import { Cell, DataTable, Row } from "./tables.tsx";

/** What a key may do on one program. */
interface ProgramGrants extends Pick<NamedGrant, "programName" | "slug"> {
  /** Such as `READ, WRITE`. */
  readonly permissions: string;
}

/** One entry for each program, in the order of the grants. */
function mergeByProgram(grants: readonly NamedGrant[]): ProgramGrants[] {
  return [...Map.groupBy(grants, ({ slug }) => slug)].map(([slug, held]) => ({
    slug,
    programName: held[0]?.programName ?? slug,
    permissions: held.map(({ permission }) => permission).join(", "),
  }));
}

/** What a key may do: program name, slug and permissions; from `shown` on the rows are folded away. */
export function Grants(props: { apiKey: ApiKey; shown: number }): JSX.Element {
  const { name } = props.apiKey;
  const grants = mergeByProgram(props.apiKey.grants);
  const isLong = grants.length > props.shown + 1;
  const first = isLong ? grants.slice(0, props.shown) : grants;
  return (
    <div>
      <GrantTable caption={`Programs that ${name} may use`} grants={first} />
      {isLong && (
        <details class="civikey-more">
          <summary safe>{`${grants.length - props.shown} more`}</summary>
          <GrantTable
            caption={`More programs that ${name} may use`}
            grants={grants.slice(props.shown)}
          />
        </details>
      )}
    </div>
  );
}

const grantColumns = ["Program name", "Program slug", "Permissions"] as const;

function GrantTable(props: { caption: string; grants: readonly ProgramGrants[] }): JSX.Element {
  const [name, slug, permissions] = grantColumns;
  return (
    <DataTable caption={props.caption} columns={grantColumns} narrow="grants">
      {props.grants.map((grant) => (
        <Row>
          <Cell column={name}>
            <Name text={grant.programName} />
          </Cell>
          <Cell column={slug}>
            <Code text={grant.slug} />
          </Cell>
          <Cell column={permissions}>{escapeHtml(grant.permissions)}</Cell>
        </Row>
      ))}
    </DataTable>
  );
}

/** The programs of some grants by name, each once. */
export function ProgramNames({ grants }: { grants: readonly NamedGrant[] }): JSX.Element {
  const names = [...new Set(grants.map(({ programName }) => programName))];
  return (
    <ul class="civikey-list">
      {names.map((name) => (
        <li>
          <Name text={name} />
        </li>
      ))}
    </ul>
  );
}

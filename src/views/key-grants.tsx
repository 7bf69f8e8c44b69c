/** What API keys may do. */
import type { ApiKey, NamedGrant } from "../domain/api-keys.ts";
import { Code, Name } from "./components.tsx";
import { Cell, DataTable, Row } from "./tables.tsx";

/** What a key may do: program name, slug and permission; from `shown` on the rows are folded away. */
export function Grants(props: { apiKey: ApiKey; shown: number }): JSX.Element {
  const { grants, name } = props.apiKey;
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

const grantColumns = ["Program name", "Program slug", "Permission"] as const;

function GrantTable(props: { caption: string; grants: readonly NamedGrant[] }): JSX.Element {
  const [name, slug, permission] = grantColumns;
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
          <Cell column={permission}>{grant.permission}</Cell>
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

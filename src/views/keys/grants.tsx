/** What API keys may do. */
import { Html } from "@elysiajs/html";
import type { ApiKey, NamedGrant } from "../../domain/access/keys/find.ts";
import { describeQuestions } from "../../domain/access/questions.ts";
import { Code, Pages, UserText } from "../parts/components.tsx";
import { formatCount } from "../parts/format.ts";
import { DataTable, Row } from "../parts/tables.tsx";

/** What a key may do on one program. */
interface ProgramGrants extends Pick<NamedGrant, "programName" | "slug"> {
  /** Such as `READ (only income), WRITE`. */
  readonly permissions: string;
}

/** One entry for each program, in the order of the grants. */
function mergeByProgram(grants: readonly NamedGrant[]): ProgramGrants[] {
  return [...Map.groupBy(grants, ({ slug }) => slug)].map(([slug, held]) => ({
    slug,
    programName: held[0]?.programName ?? slug,
    permissions: held
      .map(({ permission, questions }) =>
        questions.mode === "all" ? permission : `${permission} (${describeQuestions(questions, 20)})`,
      )
      .join(", "),
  }));
}

/** How many programs the key's page shows at a time. */
const grantsPerPage = 100;

/**
 * What a key may do: program name, slug and permissions. From `shown` on the rows are folded away;
 * where that would be more than `foldedMax`, there is the way to the key's own page instead.
 */
export function Grants(props: { apiKey: ApiKey; shown: number; foldedMax: number }): JSX.Element {
  const { id, name } = props.apiKey;
  const grants = mergeByProgram(props.apiKey.grants);
  const isLong = grants.length > props.shown + 1;
  const isEndless = grants.length > props.shown + props.foldedMax;
  const more = `${formatCount(grants.length - props.shown)} more`;
  return (
    <div>
      <GrantTable caption={`Programs that ${name} may use`} grants={isLong ? grants.slice(0, props.shown) : grants} />
      {isEndless && (
        <p class="civikey-more">
          <a href={`/admin/apiKeys/${id}#programs`}>
            {Html.escapeHtml(more)}
            <span class="usa-sr-only">{Html.escapeHtml(` programs that ${name} may use`)}</span>
          </a>
        </p>
      )}
      {isLong && !isEndless && (
        <details class="civikey-more">
          <summary safe>{more}</summary>
          <GrantTable caption={`More programs that ${name} may use`} grants={grants.slice(props.shown)} />
        </details>
      )}
    </div>
  );
}

/** The same on the key's own page: all of them, where there are many page by page, `from` the first one. */
export function PagedGrants({ apiKey, from }: { apiKey: ApiKey; from: number }): JSX.Element {
  const { id, name } = apiKey;
  const grants = mergeByProgram(apiKey.grants);
  if (grants.length <= grantsPerPage) {
    return <Grants apiKey={apiKey} shown={20} foldedMax={grantsPerPage} />;
  }
  const start = from < grants.length ? from : 0;
  const end = Math.min(start + grantsPerPage, grants.length);
  return (
    <>
      <p class="civikey-quiet" safe>
        {`${formatCount(start + 1)} to ${formatCount(end)} of ${formatCount(grants.length)}, by name.`}
      </p>
      <GrantTable caption={`Programs that ${name} may use`} grants={grants.slice(start, end)} />
      {end < grants.length && <Pages next={`/admin/apiKeys/${id}?grantsFrom=${end}#programs`} />}
      {end === grants.length && (
        <p>
          <a href={`/admin/apiKeys/${id}#programs`}>Back to the first page</a>
        </p>
      )}
    </>
  );
}

const columns = ["Program name", "Program slug", "Permissions"];

function GrantTable(props: { caption: string; grants: readonly ProgramGrants[] }): JSX.Element {
  return (
    <DataTable caption={props.caption} columns={columns} narrow="grants">
      {props.grants.map(({ programName, slug, permissions }) => (
        <Row columns={columns}>
          <UserText text={programName} />
          <Code text={slug} />
          {Html.escapeHtml(permissions)}
        </Row>
      ))}
    </DataTable>
  );
}

const namesShown = 10;

/** The names of a key's programs, each once; only the first ones of many. */
export function ProgramNames({ apiKey }: { apiKey: ApiKey }): JSX.Element {
  const names = [...new Set(apiKey.grants.map(({ programName }) => programName))];
  const isLong = names.length > namesShown + 1;
  return (
    <ul class="civikey-list">
      {(isLong ? names.slice(0, namesShown) : names).map((name) => (
        <li>
          <UserText text={name} />
        </li>
      ))}
      {isLong && (
        <li>
          <a href={`/admin/apiKeys/${apiKey.id}#programs`} safe>
            {`and ${formatCount(names.length - namesShown)} more`}
          </a>
        </li>
      )}
    </ul>
  );
}

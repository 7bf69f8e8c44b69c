/** What API keys may do. */

import { Html } from "@elysiajs/html";
import type { ApiKey, NamedGrant } from "../../domain/access/keys/find.ts";
import { describeQuestions } from "../../domain/access/questions.ts";
import { Folded, List } from "../parts/components.tsx";
import { formatCount, formatPermission } from "../parts/format.ts";
import { keyHref } from "../parts/hrefs.ts";
import { Pages } from "../parts/paging.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { Code, LinkLine, UserText } from "../parts/text.tsx";

/** What a key may do on one program. */
interface ProgramGrants extends Pick<NamedGrant, "programName" | "slug"> {
  /** Such as `Read (only income), Write`. */
  readonly permissions: string;
}

/** One entry for each program, in the order of the grants. */
function mergeByProgram(grants: readonly NamedGrant[]): ProgramGrants[] {
  return [...Map.groupBy(grants, ({ slug }) => slug)].map(([slug, held]) => ({
    slug,
    programName: held[0]?.programName ?? slug,
    permissions: held
      .map(({ permission, questions }) =>
        questions.mode === "all"
          ? formatPermission(permission)
          : `${formatPermission(permission)} (${describeQuestions(questions, 20)})`,
      )
      .join(", "),
  }));
}

/** How many programs the key's page shows at a time. */
const grantsPerPage = 100;

/** Rows that are shown at once; more are folded away. */
const grantsShown = 20;

/** What a key may do: program name, slug and permissions; where there are many, page by page, `from` the first one. */
export function PagedGrants({ apiKey, from }: { apiKey: ApiKey; from: number }): JSX.Element {
  const { id, name } = apiKey;
  const grants = mergeByProgram(apiKey.grants);
  const caption = `Programs that ${name} may use`;
  if (grants.length <= grantsPerPage) {
    const isLong = grants.length > grantsShown + 1;
    return (
      <div>
        <GrantTable caption={caption} grants={isLong ? grants.slice(0, grantsShown) : grants} />
        {isLong && (
          <Folded summary={`${formatCount(grants.length - grantsShown)} more`}>
            <GrantTable caption={`More programs that ${name} may use`} grants={grants.slice(grantsShown)} />
          </Folded>
        )}
      </div>
    );
  }
  const start = from < grants.length ? from : 0;
  const end = Math.min(start + grantsPerPage, grants.length);
  return (
    <>
      <p class="civikey-quiet" safe>
        {`${formatCount(start + 1)} to ${formatCount(end)} of ${formatCount(grants.length)}, by name.`}
      </p>
      <GrantTable caption={caption} grants={grants.slice(start, end)} />
      {end < grants.length && <Pages next={`${keyHref(id)}?grantsFrom=${end}#programs`} />}
      {end === grants.length && <LinkLine href={`${keyHref(id)}#programs`} text="Back to the first page" />}
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
    <List>
      {(isLong ? names.slice(0, namesShown) : names).map((name) => (
        <UserText text={name} />
      ))}
      {isLong && (
        <a href={`${keyHref(apiKey.id)}#programs`} safe>
          {`and ${formatCount(names.length - namesShown)} more`}
        </a>
      )}
    </List>
  );
}

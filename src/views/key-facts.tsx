/** What the pages about API keys say of one key, each in one way. */
import type { ApiKey, NamedGrant } from "../domain/api-keys.ts";
import { Badge, Code, Name, Time } from "./components.tsx";
import {
  type Clock,
  formatAddressCount,
  formatDateTime,
  formatTimeAgo,
  formatTimeUntil,
  urgencyOf,
} from "./format.ts";
import { Cell, DataTable, Row } from "./tables.tsx";

/** The state of a key; of an active one that runs out soon, how soon. */
export function StateBadge(props: { apiKey: ApiKey; page: Clock }): JSX.Element {
  const { state, expiration } = props.apiKey;
  if (state === "retired") return <Badge tone="ended" text="Retired" />;
  if (state === "expired") return <Badge tone="ended" text="Expired" />;
  if (urgencyOf(expiration, props.page.now) === "none") return <Badge tone="good" text="Active" />;
  return <UrgencyBadge {...props} />;
}

/** Points out an active key that runs out soon; of all others it says nothing. */
export function UrgencyBadge(props: { apiKey: ApiKey; page: Clock }): JSX.Element {
  const { state, expiration } = props.apiKey;
  const urgency = urgencyOf(expiration, props.page.now);
  if (state !== "active" || urgency === "none") return "";
  return (
    <Badge tone={urgency} text={`Runs out in ${formatTimeUntil(expiration, props.page.now)}`} />
  );
}

/** When a key expires or expired, and how long an active one still has. */
export function Expires({ apiKey, page }: { apiKey: ApiKey; page: Clock }): JSX.Element {
  return (
    <>
      <Time at={apiKey.expiration} zone={page.zone} />
      {apiKey.state === "active" && (
        <span class="civikey-facts__more civikey-quiet" safe>
          {`${formatTimeUntil(apiKey.expiration, page.now)} left`}
        </span>
      )}
    </>
  );
}

/** When a key was used last, and from where; `N/A` when it never was. */
export function LastUsed(props: { apiKey: ApiKey; page: Clock; exact?: boolean }): JSX.Element {
  const { lastUsedAt, lastUsedAddress } = props.apiKey;
  if (lastUsedAt === null) return <>N/A</>;
  const { now, zone } = props.page;
  return (
    <>
      <time datetime={lastUsedAt.toISOString()} safe>
        {props.exact ? formatDateTime(lastUsedAt, zone) : formatTimeAgo(lastUsedAt, now)}
      </time>
      {lastUsedAddress !== null && (
        <span class="civikey-facts__more civikey-quiet">
          from <Code text={lastUsedAddress} />
        </span>
      )}
      {props.exact && (
        <span class="civikey-facts__more civikey-quiet" safe>
          {formatTimeAgo(lastUsedAt, now)}
        </span>
      )}
    </>
  );
}

/** The allowed subnets, each with its number of addresses; from `shown` on they are folded away. */
export function Subnets({ apiKey, shown }: { apiKey: ApiKey; shown: number }): JSX.Element {
  const { subnets } = apiKey;
  const isLong = subnets.length > shown + 1;
  return (
    <>
      <SubnetList subnets={isLong ? subnets.slice(0, shown) : subnets} />
      {isLong && (
        <details class="civikey-more">
          <summary safe>{`${subnets.length - shown} more subnets`}</summary>
          <SubnetList subnets={subnets.slice(shown)} />
        </details>
      )}
    </>
  );
}

function SubnetList({ subnets }: { subnets: readonly string[] }): JSX.Element {
  return (
    <ul class="civikey-list">
      {subnets.map((subnet) => (
        <li class="civikey-subnet">
          <Code text={subnet} />{" "}
          <span class="civikey-subnet__size" safe>
            {formatAddressCount(subnet)}
          </span>
        </li>
      ))}
    </ul>
  );
}

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

/** Under a key's name: its id, who made it and when, who retired it and when. */
export function KeyLine({ apiKey, page }: { apiKey: ApiKey; page: Clock }): JSX.Element {
  const { createdAt, createdBy, retiredAt, retiredBy } = apiKey;
  return (
    <p class="civikey-keyline">
      <Code text={apiKey.keyId} />
      <span>
        Created <Time at={createdAt} zone={page.zone} /> by <Name text={createdBy} />
      </span>
      {retiredAt !== null && (
        <span>
          Retired <Time at={retiredAt} zone={page.zone} /> by <Name text={retiredBy ?? "N/A"} />
        </span>
      )}
    </p>
  );
}

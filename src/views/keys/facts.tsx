/** The facts about a key, drawn the same on every page. */

import { Html } from "@elysiajs/html";
import type { ApiKey, ApiKeyState, LinkedApiKey } from "../../domain/access/keys/find.ts";
import { Badge, type BadgeProps, Folded } from "../parts/components.tsx";
import { Fact, More } from "../parts/facts.tsx";
import { type Clock, formatAddressCount, formatTimeAgo, formatTimeUntil, urgencyOf } from "../parts/format.ts";
import { keyHref } from "../parts/hrefs.ts";
import { Ago, Code, Time } from "../parts/text.tsx";

/** The states of keys, as badges. */
export const keyStates: Readonly<Record<ApiKeyState, BadgeProps>> = {
  active: { tone: "good", text: "Active" },
  retired: { tone: "ended", text: "Retired" },
  expired: { tone: "ended", text: "Expired" },
};

/** The state of a key; for an active one that expires soon, how soon. */
export function StateBadge(props: { apiKey: ApiKey; page: Clock }): JSX.Element {
  const { state, expiration } = props.apiKey;
  const urgency = urgencyOf(expiration, props.page.now);
  if (state !== "active" || urgency === "none") return <Badge {...keyStates[state]} />;
  return <Badge tone={urgency} text={`Expires in ${formatTimeUntil(expiration, props.page.now)}`} />;
}

/** When a key expires or expired, and how long an active one still has. */
export function Expires({ apiKey, page }: { apiKey: ApiKey; page: Clock }): JSX.Element {
  return (
    <Fact name={apiKey.state === "expired" ? "Expired on" : "Expires on"}>
      {/* A grace can end at any time of day. */}
      <Time at={apiKey.expiration} zone={page.zone} exact={apiKey.successor !== null} />
      {apiKey.state === "active" && (
        <More>{Html.escapeHtml(`${formatTimeUntil(apiKey.expiration, page.now)} left`)}</More>
      )}
    </Fact>
  );
}

/** When a key was used last, or that it never was. Of a key from CiviForm only the address may be known. */
export function describeLastUse(apiKey: ApiKey, { now, zone }: Clock, exact = false): JSX.Element {
  const { lastUsedAt, lastUsedAddress } = apiKey;
  if (lastUsedAt === null) return <span>{lastUsedAddress === null ? "Never" : "At an unknown time"}</span>;
  return exact ? <Time at={lastUsedAt} zone={zone} exact /> : <Ago at={lastUsedAt} now={now} />;
}

/** When a key was used last, and from where. */
export function LastUseAndAddress(props: { apiKey: ApiKey; page: Clock; exact?: boolean }): JSX.Element {
  const { lastUsedAddress } = props.apiKey;
  return (
    <>
      {describeLastUse(props.apiKey, props.page, props.exact)}
      {lastUsedAddress !== null && (
        <More>
          from <Code text={lastUsedAddress} />
        </More>
      )}
    </>
  );
}

/** The same as a fact. */
export function LastUsed(props: { apiKey: ApiKey; page: Clock; exact?: boolean }): JSX.Element {
  const { apiKey, page, exact } = props;
  return (
    <Fact name="Last used">
      <LastUseAndAddress {...props} />
      {exact && apiKey.lastUsedAt !== null && (
        <More>{Html.escapeHtml(formatTimeAgo(apiKey.lastUsedAt, page.now))}</More>
      )}
    </Fact>
  );
}

/** The allowed subnets, each with its number of addresses; those past `shown` are folded. */
export function Subnets({ apiKey, shown }: { apiKey: ApiKey; shown: number }): JSX.Element {
  const { subnets } = apiKey;
  const isLong = subnets.length > shown + 1;
  return (
    <>
      <SubnetList subnets={isLong ? subnets.slice(0, shown) : subnets} />
      {isLong && (
        <Folded summary={`${subnets.length - shown} more subnets`}>
          <SubnetList subnets={subnets.slice(shown)} />
        </Folded>
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

/** A link to another key, by its key ID; nothing without one. */
export function LinkedKey({ name, apiKey }: { name: string; apiKey: LinkedApiKey | null }): JSX.Element {
  if (apiKey === null) return "";
  return (
    <Fact name={name}>
      <a href={keyHref(apiKey.id)}>
        <Code text={apiKey.keyId} />
      </a>
    </Fact>
  );
}

import { Html } from "@elysiajs/html";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import { Fact, Facts, NameLink } from "../parts/components.tsx";
import { formatCount } from "../parts/format.ts";
import type { PageContext } from "../parts/layout.tsx";
import { Expires, KeyLine, LastUsed, Subnets, UrgencyBadge } from "./facts.tsx";
import { Grants } from "./grants.tsx";
import { Sparkline } from "./usage.tsx";

/** One API key in the list: how urgent it is, how it is used, and what it may do. */
export function ApiKeyCard(props: {
  apiKey: ApiKey;
  page: PageContext;
  /** Day by day; nothing for a key that is new to the list. */
  calls: readonly DailyCalls[];
}): JSX.Element {
  const { apiKey, page, calls } = props;
  const href = `/admin/apiKeys/${apiKey.id}`;
  return (
    <li class="civikey-key" id={`key-${apiKey.id}`}>
      <div class="civikey-key__head">
        <h2 class="civikey-key__name">
          <NameLink href={href} name={apiKey.name} />
        </h2>
        <UrgencyBadge apiKey={apiKey} page={page} />
        {apiKey.state !== "retired" && page.may("change keys") && (
          <a class="civikey-key__action" href={`${href}/retire`}>
            Retire key
            <span class="usa-sr-only"> {Html.escapeHtml(apiKey.name)}</span>
          </a>
        )}
      </div>
      <KeyLine apiKey={apiKey} page={page} />
      <div class="civikey-key__body">
        <Facts>
          <Expires apiKey={apiKey} page={page} />
          {apiKey.callCount !== null && (
            <>
              <LastUsed apiKey={apiKey} page={page} />
              <Fact name="Call count">
                {Html.escapeHtml(formatCount(apiKey.callCount))}
                <Sparkline days={calls} />
              </Fact>
            </>
          )}
          <Fact name="Allowed subnets">
            <Subnets apiKey={apiKey} shown={3} />
          </Fact>
        </Facts>
        <Grants apiKey={apiKey} shown={4} foldedMax={50} />
      </div>
    </li>
  );
}

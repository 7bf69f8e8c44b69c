import { Html } from "@elysiajs/html";
import type { ApiKeyState } from "../../domain/access/keys/find.ts";
import { formatCount } from "../parts/format.ts";
import { keyListHref } from "../parts/hrefs.ts";
import { inPlace } from "../parts/tables.tsx";

/** The states of API keys, in the order of the tabs. */
export const tabs: readonly { state: ApiKeyState; label: string }[] = [
  { state: "active", label: "Active" },
  { state: "retired", label: "Retired" },
  { state: "expired", label: "Expired" },
];

/** The tabs of the list with their counts: links that keep the search. */
export function Tabs(props: {
  /** The open tab. */
  state: ApiKeyState;
  counts: Readonly<Record<ApiKeyState, number>>;
  search: string;
}): JSX.Element {
  return (
    <nav class="civikey-tabs" aria-label="API keys by state">
      <ul class="civikey-tabs__list">
        {tabs.map(({ state, label }) => {
          const href = keyListHref(state, { search: props.search });
          return (
            <li>
              <a
                class="civikey-tabs__link"
                id={`tab-${state}`}
                aria-current={state === props.state ? "page" : undefined}
                {...inPlace(href, "api-keys")}
              >
                {Html.escapeHtml(label)}{" "}
                <span class="civikey-tabs__count" safe>
                  {formatCount(props.counts[state])}
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

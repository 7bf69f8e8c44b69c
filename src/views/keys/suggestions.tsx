/** What is suggested about a key: on its page with the evidence, in the list as a mark. */
import { Html } from "@elysiajs/html";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { Suggestion } from "../../domain/access/suggestions/rules.ts";
import { ButtonLink } from "../parts/buttons.tsx";
import { More } from "../parts/facts.tsx";
import { formatCount, formatDate, formatDay, formatPermission, formatTimeUntil, pluralize } from "../parts/format.ts";
import { keyHref, refusalsHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { attribute, Quiet } from "../parts/text.tsx";

/** What each suggestion is called. */
export const suggestionNames: Readonly<Record<Suggestion["kind"], string>> = {
  retire: "Retire it",
  take_grants_away: "Take unused access away",
  shrink_subnets: "Make its subnets smaller",
  replace: "Replace it",
  look_into: "Look into it",
};

interface SuggestionsProps {
  readonly page: PageContext;
  readonly apiKey: ApiKey;
  readonly suggestions: readonly Suggestion[];
}

/** The suggestions about a key; nothing without any. */
export function Suggestions({ page, apiKey, suggestions }: SuggestionsProps): JSX.Element {
  if (suggestions.length === 0) return "";
  const path = keyHref(apiKey.id);
  return (
    <section class="civikey-suggestions" aria-labelledby="suggestions">
      <h2 id="suggestions">{Html.escapeHtml(suggestions.length === 1 ? "Suggestion" : "Suggestions")}</h2>
      <ul class="civikey-list">
        {suggestions.map((suggestion) => {
          const name = suggestionNames[suggestion.kind];
          return (
            <li class="civikey-suggestions__one">
              <p>
                <strong safe>{`${name}.`}</strong> {Html.escapeHtml(describeEvidence(suggestion, apiKey, page))}
              </p>
              {page.may("change keys") && (
                <p>
                  <ButtonLink {...followUp(suggestion, path)} look="outline" />
                  <a href={attribute(`${path}/dismiss?suggestion=${suggestion.kind}`)}>
                    Dismiss<span class="usa-sr-only">{Html.escapeHtml(`: ${name}`)}</span>
                  </a>
                </p>
              )}
            </li>
          );
        })}
      </ul>
      {!page.may("change keys") && <Quiet>Only an admin can change keys.</Quiet>}
    </section>
  );
}

/** In the list: that there are suggestions. */
export function SuggestionMark({ apiKey, suggestions }: Omit<SuggestionsProps, "page">): JSX.Element {
  if (suggestions.length === 0) return "";
  return (
    <More>
      <a class="civikey-quiet" href={attribute(`${keyHref(apiKey.id)}#suggestions`)}>
        {Html.escapeHtml(pluralize(suggestions.length, "suggestion"))}
        <span class="usa-sr-only">{Html.escapeHtml(` for ${apiKey.name}`)}</span>
      </a>
    </More>
  );
}

/** Where a suggestion is followed: the form is filled in already, or asks to be confirmed. */
function followUp(suggestion: Suggestion, path: string): { text: string; href: string } {
  switch (suggestion.kind) {
    case "retire":
      return { text: "Retire key", href: `${path}/retire` };
    case "replace":
      return { text: "Rotate key", href: `${path}/rotate` };
    case "look_into":
      return suggestion.refusedDay
        ? { text: "See refused calls", href: refusalsHref({ apiKeyId: Number(path.split("/").at(-1)) }) }
        : { text: "Edit or restrict", href: `${path}/narrow` };
    default:
      return { text: "Edit or restrict", href: `${path}/narrow?suggestion=${suggestion.kind}` };
  }
}

const listed = new Intl.ListFormat("en");
const namedMax = 5;

/** The first few, and how many more there are. */
function list(names: readonly string[]): string {
  const more = names.length - namedMax;
  return listed.format(more > 1 ? [...names.slice(0, namedMax), `${formatCount(more)} more`] : names);
}

/** Why something is suggested, in a sentence or two. */
export function describeEvidence(suggestion: Suggestion, apiKey: ApiKey, { zone, now }: PageContext): string {
  switch (suggestion.kind) {
    case "retire": {
      const { lastUsedAt, idleDays } = suggestion;
      if (lastUsedAt !== null) {
        return `No call for ${pluralize(idleDays, "day")}, since ${formatDate(lastUsedAt, zone)}.`;
      }
      return apiKey.callCount === 0
        ? `Never used in ${pluralize(idleDays, "day")}.`
        : `No call for at least ${pluralize(idleDays, "day")}.`;
    }
    case "take_grants_away": {
      const unused = suggestion.unused.map(
        ({ permission, programName }) => `${formatPermission(permission)} on ${programName}`,
      );
      return `No call used ${list(unused)} in the last 60 days. Other access was used.`;
    }
    case "shrink_subnets":
      return suggestion.shrunk
        .map(({ subnet, callCount, blocks }) => {
          return `In the last 30 days, all ${pluralize(callCount, "call")} from ${subnet} came from ${list(blocks)}.`;
        })
        .join(" ");
    case "replace":
      return `It expires in ${formatTimeUntil(apiKey.expiration, now)} and was used on ${suggestion.usedDays} of the last 7 days.`;
    case "look_into": {
      const { refusedDay, newNetwork } = suggestion;
      const refused =
        refusedDay &&
        `On ${formatDay(refusedDay.day)}, ${pluralize(refusedDay.refused, "call")} ${refusedDay.refused === 1 ? "was" : "were"} refused, and ${formatCount(refusedDay.good)} allowed.`;
      const network =
        newNetwork &&
        `On ${formatDate(newNetwork.firstAt, zone)}, the first call came from ${newNetwork.network}, after 30 days without a new network.`;
      return [refused, network].filter(Boolean).join(" ");
    }
  }
}

/** API keys as rows that are compared: how urgent each is, how it is used, and what it may do. */
import { Html } from "@elysiajs/html";
import type { ApiKey, LinkedApiKey } from "../../domain/access/keys/find.ts";
import type { ApiKeyOrder } from "../../domain/access/keys/order.ts";
import type { Suggestion } from "../../domain/access/suggestions/rules.ts";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import type { Page, SortPlace } from "../../lib/keyset.ts";
import { List } from "../parts/components.tsx";
import { More } from "../parts/facts.tsx";
import { type Clock, formatCount, formatTimeAgo, formatTimeUntil, urgencyOf } from "../parts/format.ts";
import { keyHref, refusalsHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { DataTable, Row, sortableColumn } from "../parts/tables.tsx";
import { attribute, Code, NameLink, Quiet, Time, UserText } from "../parts/text.tsx";
import { LastUseAndAddress, StateBadge } from "./facts.tsx";
import { SuggestionMark } from "./suggestions.tsx";
import { Sparkline } from "./usage.tsx";

/** The keys of one page, and what is known of each beside itself, by its number. */
export interface ApiKeyTableProps {
  readonly page: PageContext;
  readonly found: Page<ApiKey, SortPlace>;
  readonly order: ApiKeyOrder;
  /** Day by day, the oldest first. */
  readonly calls: ReadonlyMap<number, readonly DailyCalls[]>;
  /** Refused calls of the last 24 hours; none for a key that is missing. */
  readonly refused: ReadonlyMap<number, number>;
  /** None for a key that is missing. */
  readonly suggestions?: ReadonlyMap<number, readonly Suggestion[]>;
}

/** What can be sorted by, and whether a first click sorts downwards. */
const sortable: readonly (readonly [name: string, by?: ApiKeyOrder["by"], startsDescending?: boolean])[] = [
  ["Name", "name"],
  ["State"],
  ["Expires", "expires"],
  ["Last used", "lastUsed", true],
  ["Calls", "calls", true],
  ["Refused (24 h)"],
  ["Programs"],
  ["Actions"],
];

/** One row a key. `hrefOf` gives the address of the list in another order. */
export function ApiKeyTable(props: ApiKeyTableProps & { hrefOf: (order: ApiKeyOrder) => string }): JSX.Element {
  const { order, hrefOf, page } = props;
  const columns = sortable.map(([name, by, startsDescending = false]) =>
    by === undefined ? name : sortableColumn(name, { by, startsDescending, order, region: "api-keys", hrefOf }),
  );
  return (
    <DataTable caption="API keys" columns={columns} narrow="keys">
      {props.found.rows.map((apiKey) => (
        <Row columns={columns}>
          <Name apiKey={apiKey} canRetire={page.may("change keys") && apiKey.state !== "retired"} />
          <State apiKey={apiKey} page={page} suggestions={props.suggestions?.get(apiKey.id) ?? []} />
          <Time at={apiKey.expiration} zone={page.zone} />
          <LastUse apiKey={apiKey} page={page} />
          <Calls apiKey={apiKey} days={props.calls.get(apiKey.id) ?? []} />
          <Refused apiKey={apiKey} count={props.refused.get(apiKey.id) ?? 0} />
          <Programs apiKey={apiKey} />
          <Menu apiKey={apiKey} actions={page.may("change keys") ? keyActions(apiKey) : []} />
        </Row>
      ))}
    </DataTable>
  );
}

/** The form whose boxes are in the rows. */
export const retireFormId = "retire-keys";

function Name({ apiKey, canRetire }: { apiKey: ApiKey; canRetire: boolean }): JSX.Element {
  const { id, name, contactEmail, predecessor, successor } = apiKey;
  const box = { type: "checkbox", form: retireFormId, name: "key", value: String(id) } as const;
  return (
    <div class="civikey-named">
      {canRetire && <input class="civikey-pick" id={`key-${id}`} aria-label={attribute(`Select ${name}`)} {...box} />}
      <div>
        <NameLink href={keyHref(id)} name={name} />
        {contactEmail !== null && (
          <More>
            <UserText text={contactEmail} />
          </More>
        )}
        {successor !== null && <Linked how="Replaced by" apiKey={successor} />}
        {predecessor !== null && <Linked how="Replaces" apiKey={predecessor} />}
      </div>
    </div>
  );
}

/** Another key, with enough of its key ID to tell two keys of the same name apart. */
function Linked({ how, apiKey }: { how: string; apiKey: LinkedApiKey }): JSX.Element {
  return (
    <More>
      <span safe>{how}</span> <NameLink href={keyHref(apiKey.id)} name={`${apiKey.keyId.slice(0, 10)}…`} />
    </More>
  );
}

function State(props: { apiKey: ApiKey; page: Clock; suggestions: readonly Suggestion[] }): JSX.Element {
  const { apiKey, page } = props;
  const { state, expiration, retiredAt, retiredBy } = apiKey;
  return (
    <>
      <StateBadge apiKey={apiKey} page={page} />
      {state === "active" && urgencyOf(expiration, page.now) === "none" && (
        <More>{Html.escapeHtml(`${formatTimeUntil(expiration, page.now)} left`)}</More>
      )}
      {state === "expired" && <More>{Html.escapeHtml(formatTimeAgo(expiration, page.now))}</More>}
      {retiredAt !== null && (
        <More>
          <Time at={retiredAt} zone={page.zone} /> by <UserText text={retiredBy ?? "unknown"} />
        </More>
      )}
      <SuggestionMark {...props} />
    </>
  );
}

function LastUse({ apiKey, page }: { apiKey: ApiKey; page: Clock }): JSX.Element {
  return apiKey.callCount === null ? <Quiet>Not shown</Quiet> : <LastUseAndAddress apiKey={apiKey} page={page} />;
}

function Calls({ apiKey, days }: { apiKey: ApiKey; days: readonly DailyCalls[] }): JSX.Element {
  if (apiKey.callCount === null) return <Quiet>Not shown</Quiet>;
  return (
    <>
      {Html.escapeHtml(formatCount(apiKey.callCount))}
      <Sparkline days={days} />
    </>
  );
}

function Refused({ apiKey, count }: { apiKey: ApiKey; count: number }): JSX.Element {
  if (count === 0) return <Quiet>None</Quiet>;
  return (
    <a href={attribute(refusalsHref({ apiKeyId: apiKey.id }))}>
      {Html.escapeHtml(formatCount(count))}
      <span class="usa-sr-only">{Html.escapeHtml(` refused calls of ${apiKey.name}`)}</span>
    </a>
  );
}

const programsShown = 2;

/** The first programs by name, and how many more there are. */
function Programs({ apiKey }: { apiKey: ApiKey }): JSX.Element {
  const names = [...new Map(apiKey.grants.map(({ slug, programName }) => [slug, programName])).values()];
  const more = names.length - programsShown;
  return (
    <>
      <UserText text={names.slice(0, programsShown).join(", ")} />
      {more > 0 && (
        <>
          {" "}
          <a href={`${keyHref(apiKey.id)}#programs`}>
            {Html.escapeHtml(`+${formatCount(more)}`)}
            <span class="usa-sr-only">{Html.escapeHtml(` more programs of ${apiKey.name}`)}</span>
          </a>
        </>
      )}
    </>
  );
}

/** The key's id, the way to its page, and what can be done with the key. */
function Menu({ apiKey, actions }: { apiKey: ApiKey; actions: ReturnType<typeof keyActions> }): JSX.Element {
  return (
    <details class="civikey-menu" data-menu>
      <summary class="civikey-menu__button">
        <span class="usa-sr-only">{Html.escapeHtml(`Actions for ${apiKey.name}`)}</span>
      </summary>
      <div class="civikey-menu__panel">
        <Code text={apiKey.keyId} />
        <List>
          {[{ label: "Show details", href: keyHref(apiKey.id) }, ...actions].map(({ label, href }) => (
            <a class="civikey-menu__link" href={href}>
              {Html.escapeHtml(label)}
              <span class="usa-sr-only">{Html.escapeHtml(` ${apiKey.name}`)}</span>
            </a>
          ))}
        </List>
      </div>
    </details>
  );
}

/** What can be done with a key as it is now. */
export function keyActions(apiKey: ApiKey): { label: string; href: string; isDangerous?: boolean }[] {
  const { id, state, successor } = apiKey;
  const path = keyHref(id);
  return [
    ...(state === "active" && successor === null ? [{ label: "Rotate key", href: `${path}/rotate` }] : []),
    ...(state === "active" ? [{ label: "Edit or restrict", href: `${path}/narrow` }] : []),
    ...(state === "retired" ? [] : [{ label: "Retire key", href: `${path}/retire`, isDangerous: true }]),
  ];
}

import { NextPage, PageHeading } from "../parts/components.tsx";
import { ExpiringNote } from "../parts/expiring-note.tsx";
import { Layout, type PageContext, PageTitle, toHtml } from "../parts/layout.tsx";
import { ApiKeyCard } from "./card.tsx";
import { type ApiKeyListProps, hrefOf, labelOf, pathOf, summaryOf } from "./list-text.ts";
import { KeySearch, NoApiKeys, Tabs } from "./search.tsx";

/** What the list of API keys shows. */
export interface ApiKeysPageProps extends ApiKeyListProps {
  readonly page: PageContext;
}

/** The list of API keys with its tabs, search and filter: the whole document. */
export function apiKeysPage(props: ApiKeysPageProps): string {
  return toHtml(
    <Layout page={props.page} title={titleOf(props)} section="/admin/apiKeys" expiringNote={false}>
      <PageHeading title="API keys">
        <a class="usa-button" id="new-api-key-button" href="/admin/apiKeys/new">
          New API key
        </a>
      </PageHeading>
      <Region {...props} />
    </Layout>,
  );
}

/** The part of `apiKeysPage` that changes with tab, search and filter, and the title, for htmx. */
export function apiKeysFragment(props: ApiKeysPageProps): string {
  return toHtml(
    <>
      <PageTitle title={titleOf(props)} />
      <Region {...props} />
    </>,
  );
}

function titleOf({ state }: ApiKeysPageProps): string {
  return state === "active" ? "API keys" : `${labelOf(state)} API keys`;
}

function Region(props: ApiKeysPageProps): JSX.Element {
  return (
    <div id="api-keys" data-announce={summaryOf(props)}>
      <Tabs {...props} />
      <KeySearch {...props} />
      {!props.expiringOnly && <ExpiringNote count={props.page.expiringCount} />}
      {props.apiKeys.length === 0 ? <NoApiKeys {...props} /> : <ApiKeyList {...props} />}
    </div>
  );
}

function ApiKeyList(props: ApiKeysPageProps): JSX.Element {
  const last = props.apiKeys.at(-1);
  const query = { search: props.search, expiring: props.expiringOnly, before: last?.id };
  return (
    <>
      <ul class="civikey-keys">
        {props.apiKeys.map((apiKey) => (
          <ApiKeyCard apiKey={apiKey} page={props.page} calls={props.calls.get(apiKey.id) ?? []} />
        ))}
      </ul>
      {props.hasMore && <NextPage href={hrefOf(pathOf(props.state), query)} />}
    </>
  );
}

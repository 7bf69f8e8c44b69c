import type { NewCredentials } from "../../domain/access/credentials.ts";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import { CopyableValue, curlCommand } from "../parts/code-block.tsx";
import { Alert, Code, PageHeading, Time } from "../parts/components.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";

/** What the page that shows new credentials shows, once. */
export interface CredentialsPageProps {
  readonly page: PageContext;
  readonly apiKey: ApiKey;
  readonly credentials: NewCredentials;
  /** The public address of `/api/v1/checkAuth`. */
  readonly checkAuthUrl: string;
  /** The key that this one replaces, as it is now. */
  readonly predecessor?: ApiKey;
}

/**
 * The answer to the request that made a key, and the only place where its secret is ever shown. The
 * page has no htmx, so nothing of it enters a history, and a script wipes it when it is left.
 */
export function credentialsPage(props: CredentialsPageProps): string {
  const { page, apiKey, credentials } = props;
  return toHtml(
    <Layout page={page} title={`Created API key: ${apiKey.name}`} section="/admin/apiKeys" htmx={false}>
      <PageHeading title={`Created API key: ${apiKey.name}`} />
      <h2>Credentials</h2>
      <Alert tone="warning" title="Copy these now: they are shown only once">
        This is the only chance to see the secret. It is not stored and cannot be shown again. Keep it in a password
        manager or a secret store, not in code or chat.
      </Alert>
      <p>Some API clients take a single token, others a username and a password. Both are the same credentials.</p>
      <dl class="civikey-credentials">
        <CopyableValue id="api-key-credentials" label="API secret token" value={credentials.token.reveal()} />
        <CopyableValue id="api-key-username" label="API username" value={credentials.keyId} />
        <CopyableValue id="api-key-password" label="API password" value={credentials.secret.reveal()} />
      </dl>
      {props.predecessor !== undefined && <OldKey apiKey={props.predecessor} page={page} />}
      <h2>Try it</h2>
      <p>
        Run this from one of the allowed subnets. It returns 200 if the key works. The key expires on{" "}
        <Time at={apiKey.expiration} zone={page.zone} />.
      </p>
      <dl class="civikey-credentials">
        <CopyableValue id="api-key-curl" label="Command" value={curlLine(props)} />
      </dl>
      <p class="civikey-actions">
        <a class="usa-button" href="/admin/apiKeys">
          Back to API keys
        </a>
        <a href={`/admin/apiKeys/${apiKey.id}`}>Open this key</a>
      </p>
    </Layout>,
  );
}

function OldKey({ apiKey, page }: { apiKey: ApiKey; page: PageContext }): JSX.Element {
  return (
    <>
      <h2>The old key</h2>
      <p>
        <Code text={apiKey.keyId} />{" "}
        {apiKey.state === "active" ? (
          <>
            works until <Time at={apiKey.expiration} zone={page.zone} exact />. Give the new credentials to its users
            before then.
          </>
        ) : (
          "no longer works."
        )}
      </p>
    </>
  );
}

function curlLine({ credentials, checkAuthUrl }: CredentialsPageProps): string {
  return curlCommand(checkAuthUrl, `${credentials.keyId}:${credentials.secret.reveal()}`);
}

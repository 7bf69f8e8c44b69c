import type { NewCredentials } from "../../domain/access/credentials.ts";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import { ButtonLink } from "../parts/buttons.tsx";
import { CopyableValue, CopyButton, curlCommand, curlWithFile } from "../parts/code-block.tsx";
import { Alert, Folded, PageHeading } from "../parts/components.tsx";
import { keyHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { Code, Time } from "../parts/text.tsx";

/** What the page that shows new credentials shows, once. */
interface CredentialsPageProps {
  readonly page: PageContext;
  readonly apiKey: ApiKey;
  readonly credentials: NewCredentials;
  /** The public address of this instance. */
  readonly baseUrl: string;
  /** The key that this one replaces, as it is now. */
  readonly predecessor?: ApiKey;
}

/**
 * The answer to the request that made a key, and the only place where its secret is ever shown. The page has no htmx,
 * so nothing of it enters a history. A script gives it the address of the key's page, where a reload and the way back
 * then lead, asks before it is left without a copy, and wipes it when it is left.
 */
export function credentialsPage(props: CredentialsPageProps): string {
  const { page, apiKey, credentials } = props;
  const [user, secret] = [credentials.keyId, credentials.secret.reveal()];
  const checkAuthUrl = `${props.baseUrl}/api/v1/checkAuth`;
  const title = `${props.predecessor === undefined ? "Created" : "Rotated"} API key: ${apiKey.name}`;
  return toHtml(
    <Layout page={page} title={title} section="/admin/apiKeys" htmx={false}>
      <PageHeading title={title} />
      <div data-address={keyHref(apiKey.id, { created: "true" })} data-unread />
      <h2>Credentials</h2>
      <Alert tone="warning" title="Copy these now: they are shown only once">
        This is the only chance to see the secret. It is not stored and cannot be shown again. Keep it in a password
        manager or a secret store, not in code or chat.
      </Alert>
      <p>Some API clients take a single token, others a username and a password. Both are the same credentials.</p>
      <dl class="civikey-credentials">
        <CopyableValue id="api-key-credentials" label="API secret token" value={credentials.token.reveal()} />
        <CopyableValue id="api-key-username" label="API username" value={user} />
        <CopyableValue id="api-key-password" label="API password" value={secret} />
      </dl>
      <p class="civikey-offers">
        <CopyButton id="api_key_pair" label="username and password" class="civikey-copy__button" isLabelSeen />
        <CopyButton id="api_key_env" label="as .env" class="civikey-copy__button" isLabelSeen />
      </p>
      <Folded summary="See them together">
        <dl class="civikey-credentials">
          <CopyableValue id="api_key_pair" label="Username and password" value={`${user}\n${secret}`} />
          <CopyableValue id="api_key_env" label=".env file" value={describeEnvironment(props)} />
        </dl>
      </Folded>
      {props.predecessor !== undefined && <OldKey apiKey={props.predecessor} page={page} />}
      <h2>Try it</h2>
      <p>
        Run this from one of the allowed subnets. It returns 200 if the key works. The key expires on{" "}
        <Time at={apiKey.expiration} zone={page.zone} />.
      </p>
      <dl class="civikey-credentials">
        <CopyableValue
          id="api-key-curl"
          label="Command that checks the credentials"
          value={curlCommand(checkAuthUrl, `${user}:${secret}`)}
        />
        <ListCommand {...props} />
      </dl>
      <Folded summary="Keep the secret out of the shell’s history">
        <p>Save this line in a file that only you can read, and name the file in the command.</p>
        <dl class="civikey-credentials">
          <CopyableValue id="api_key_netrc" label="civikey.netrc" value={describeNetrc(props)} />
          <CopyableValue id="api_key_netrc_curl" label="Command with the file" value={curlWithFile(checkAuthUrl)} />
        </dl>
      </Folded>
      <p class="civikey-actions">
        <ButtonLink href="/admin/apiKeys" text="Back to API keys" />
        <a href={keyHref(apiKey.id)}>Open this key</a>
      </p>
    </Layout>,
  );
}

/** Lists the applications of the first program that the key may read. */
function ListCommand({ apiKey, credentials, baseUrl }: CredentialsPageProps): JSX.Element {
  const readable = apiKey.grants.find(({ permission }) => permission === "READ");
  if (readable === undefined) return "";
  const url = `${baseUrl}/api/v1/admin/programs/${readable.slug}/applications`;
  const command = curlCommand(url, `${credentials.keyId}:${credentials.secret.reveal()}`);
  return <CopyableValue id="api_key_list" label="Command that lists applications" value={command} />;
}

function describeEnvironment({ credentials, baseUrl }: CredentialsPageProps): string {
  return [
    `CIVIKEY_URL=${baseUrl}`,
    `CIVIKEY_USERNAME=${credentials.keyId}`,
    `CIVIKEY_PASSWORD=${credentials.secret.reveal()}`,
    `CIVIKEY_TOKEN=${credentials.token.reveal()}`,
  ].join("\n");
}

function describeNetrc({ credentials, baseUrl }: CredentialsPageProps): string {
  return `machine ${new URL(baseUrl).hostname} login ${credentials.keyId} password ${credentials.secret.reveal()}`;
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

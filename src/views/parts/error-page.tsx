import { Code } from "./components.tsx";
import { Layout, type LayoutAssets, toHtml } from "./layout.tsx";

/** What the page for a failure shows. */
export interface ErrorPageProps {
  readonly assets: LayoutAssets;
  readonly status: number;
  /** What happened, in a few words: `Page not found`. */
  readonly title: string;
  /** What the person can do about it. */
  readonly message: string;
  /** Whether the same page may work the next time; then a link leads to it. */
  readonly canTryAgain: boolean;
  /** Finds the request in the log. */
  readonly requestId: string;
}

/** The address that the browser has (RFC 3986, section 4.4): a path of ours could be read as another host. */
const samePage = "";

/**
 * The page for whatever cannot be shown. It says what it is given and no more, and it needs neither
 * a session nor the database.
 */
export function errorPage(props: ErrorPageProps): string {
  const page = { assets: props.assets, email: null, nav: [], may: () => false, notice: null, expiringCount: 0 };
  return toHtml(
    <Layout page={page} title={props.title} htmx={false}>
      <div class="civikey-narrow-page">
        <p class="civikey-quiet" safe>
          {`Error ${props.status}`}
        </p>
        <h1 safe>{props.title}</h1>
        <p class="civikey-break" safe>
          {props.message}
        </p>
        <p class="civikey-actions">
          {props.canTryAgain && (
            <a class="usa-button" href={samePage}>
              Try again
            </a>
          )}
          <a href="/admin/apiKeys">Go to API keys</a>
        </p>
        <RequestIdNote requestId={props.requestId} />
      </div>
    </Layout>,
  );
}

/** Names the request, for whoever helps and reads the log. */
export function RequestIdNote({ requestId }: { requestId: string }): JSX.Element {
  return (
    <p class="civikey-quiet">
      If you ask for help, include this request ID: <Code text={requestId} />
    </p>
  );
}

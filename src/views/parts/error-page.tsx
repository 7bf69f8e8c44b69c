import { attribute, Code } from "./components.tsx";
import { Layout, type PageFrame, toHtml } from "./layout.tsx";

/** What the page for a failure shows. */
export interface ErrorPageProps {
  /** With the navigation of whoever is signed in. */
  readonly page: PageFrame;
  /** The path that was asked for: the page leads back to its section. */
  readonly path: string;
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
 * The page for whatever cannot be shown. It says what it is given and no more, and leads to what may be meant. It needs
 * neither a session nor the database.
 */
export function errorPage(props: ErrorPageProps): string {
  const { page, path } = props;
  const section = page.nav.find(({ href }) => path === href || path.startsWith(`${href}/`));
  const next = section ?? page.nav[0] ?? { label: "API keys", href: "/admin/apiKeys" };
  return toHtml(
    <Layout page={page} title={props.title} section={section?.href}>
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
          <a href={attribute(next.href)} safe>{`Go to ${next.label}`}</a>
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

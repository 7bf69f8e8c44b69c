import { ButtonLink } from "./buttons.tsx";
import { Layout, type PageFrame, toHtml } from "./layout.tsx";
import { attribute, Code } from "./text.tsx";

/** What the page for a failure shows. */
interface ErrorPageProps {
  /** With the navigation of whoever is signed in. */
  readonly page: PageFrame;
  /** The path that was asked for: the page leads back to its section. */
  readonly path: string;
  readonly status: number;
  /** What the person can do about it. */
  readonly message: string;
  /** Whether the same page may work the next time; then a link leads to it. */
  readonly canTryAgain: boolean;
  /** Finds the request in the log. */
  readonly requestId: string;
}

/** What happened, in a few words. */
const titles: Readonly<Record<number, string>> = {
  400: "This request can’t be read",
  403: "You can’t do this",
  404: "Not found",
  408: "That took too long",
  409: "Nothing was changed",
  413: "That is too large",
  415: "This can’t be read",
  422: "This can’t be saved",
  429: "Too many requests",
  503: "Temporarily unavailable",
};

/** The address that the browser has (RFC 3986, section 4.4): a path of ours could be read as another host. */
const samePage = "";

/** Sections that are not in the navigation. */
const besides = [
  { label: "Settings", href: "/admin/settings", needs: "see settings" },
  { label: "your account", href: "/admin/account", needs: null },
] as const;

/**
 * The page for whatever cannot be shown. It says what it is given and no more, and leads to what may be meant. It needs
 * neither a session nor the database.
 */
export function errorPage(props: ErrorPageProps): string {
  const { page, path } = props;
  const isIn = (href: string) => path === href || path.startsWith(`${href}/`);
  const section = page.nav.find(({ href }) => isIn(href));
  const next =
    section ?? besides.find(({ href, needs }) => isIn(href) && (needs === null || page.may(needs))) ?? page.nav[0];
  const title = titles[props.status] ?? "Something went wrong";
  return toHtml(
    <Layout page={page} title={title} section={section?.href}>
      <div class="civikey-narrow-page">
        <p class="civikey-quiet" safe>
          {`Error ${props.status}`}
        </p>
        <h1 safe>{title}</h1>
        <p class="civikey-break" safe>
          {props.message}
        </p>
        <p class="civikey-actions">
          {props.canTryAgain && <ButtonLink href={samePage} text="Try again" />}
          {page.email === null ? (
            <a href="/login">Go to sign-in</a>
          ) : (
            <a href={attribute(next?.href ?? "/admin/account")} safe>{`Go to ${next?.label ?? "your account"}`}</a>
          )}
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

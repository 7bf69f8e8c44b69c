import { Html, type PropsWithChildren } from "@elysiajs/html";
import type { Right } from "../../domain/access/people/roles.ts";
import { PostButton } from "./buttons.tsx";
import { Alert } from "./components.tsx";
import { type Clock, formatCount, soonDays } from "./format.ts";
import { SessionWatch } from "./session-watch.tsx";
import { attribute, UserText } from "./text.tsx";

/** One entry of the top navigation. */
export interface NavItem {
  readonly label: string;
  readonly href: string;
}

/** A message about what has just happened, shown above the page's content. */
export interface Notice {
  readonly tone: "success" | "info" | "warning" | "error";
  /** The name of what it is about, which the text goes on from. */
  readonly about?: string;
  readonly text: string;
}

/** What is the same for every page of a process. */
export interface LayoutAssets {
  /** The address of a built asset by its plain name, such as `app.css`. */
  readonly href: (name: string) => string;
  /** The version of the product, for the footer. */
  readonly version: string;
  /** Who helps; there may be nobody. */
  readonly supportAddress?: string | undefined;
}

/** What is around the content of a page. */
export interface PageFrame {
  readonly assets: LayoutAssets;
  /** Null when nobody is signed in: then there is no navigation and no account menu. */
  readonly email: string | null;
  readonly nav: readonly NavItem[];
  /** Whether the person has a right, as `hasRight` tells: what they may not open is not offered. */
  readonly may: (right: Right, where?: number | "all") => boolean;
  readonly notice: Notice | null;
  /** How many active keys expire soon; 0 when nobody is signed in. */
  readonly expiringCount: number;
  /** When the session ends by itself, in seconds from now; null when nobody is signed in. */
  readonly secondsLeft: number | null;
}

/** What every page needs besides its own content. */
export interface PageContext extends PageFrame, Clock {
  /** Whether htmx asks for no more than the part of a list that changes with its search. */
  readonly isFragment: boolean;
}

/**
 * htmx without what this product does not use: no evaluation (the CSP forbids it anyway), no styles
 * of its own, no other origin, no extensions, no second attribute prefix, no answer with an error
 * status in the page; going back reloads, so that no page is put together from a remembered part.
 */
const htmxConfig = JSON.stringify({
  includeIndicatorCSS: false,
  mode: "same-origin",
  history: "reload",
  extensions: "none",
  prefix: "",
  noSwap: [204, 304, "4xx", "5xx"],
  defaultTimeout: 15_000,
});

/** What the document around a page's content depends on. */
export interface LayoutProps {
  readonly page: PageFrame;
  /** The title in the browser. */
  readonly title: string;
  /** The `href` of the navigation entry that the page belongs to. */
  readonly section?: string | undefined;
  /** Pages of people who are signed in have htmx, unless they show a secret. */
  readonly htmx?: boolean;
  /** The page has buttons for passkeys. */
  readonly passkeys?: boolean;
}

/** The whole document around a page's content. */
export function Layout(props: PropsWithChildren<LayoutProps>): JSX.Element {
  const { page, title, htmx = page.email !== null, passkeys = false } = props;
  const { href, version } = page.assets;
  return (
    <>
      {"<!doctype html>"}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <PageTitle title={title} />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          {htmx && <meta name="htmx-config" content={attribute(htmxConfig)} />}
          <link rel="icon" href="/favicon.ico" sizes="32x32" />
          <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
          <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
          <FontPreload href={href("PublicSans-Regular.woff2")} />
          <FontPreload href={href("PublicSans-Bold.woff2")} />
          <link rel="stylesheet" href={href("app.css")} />
          {htmx && <script src={href("htmx.js")} defer />}
          <script src={href("app.js")} defer />
          {passkeys && <script src={href("passkeys.js")} defer />}
        </head>
        <body>
          <a class="usa-skipnav" href="#main">
            Skip to main content
          </a>
          <Header page={page} section={props.section} />
          <main id="main" tabindex="-1" class="civikey-main grid-container">
            {page.notice !== null && (
              <Alert tone={page.notice.tone} role="status">
                {page.notice.about !== undefined && (
                  <strong>
                    <UserText text={page.notice.about} />
                  </strong>
                )}{" "}
                {Html.escapeHtml(page.notice.text)}
              </Alert>
            )}
            {props.children}
          </main>
          <footer class="civikey-footer">
            <div class="grid-container">
              <ul class="civikey-footer__list">
                <li safe>{`CiviKey ${version}`}</li>
                <li>
                  <a href="/docs/versions">Version notes</a>
                </li>
                <li>
                  <a href="/docs/api">API docs</a>
                </li>
                {page.assets.supportAddress !== undefined && (
                  <li>
                    <a href={attribute(`mailto:${page.assets.supportAddress}`)}>Get help</a>
                  </li>
                )}
              </ul>
            </div>
          </footer>
          {htmx && page.secondsLeft !== null && <SessionWatch secondsLeft={page.secondsLeft} />}
          <div id="announcer" class="usa-sr-only" role="status" aria-live="polite" />
          {htmx && <div id="busy" class="civikey-busy" aria-hidden="true" />}
        </body>
      </html>
    </>
  );
}

/** What the browser calls a page: part of the document, and of every fragment that replaces a page. */
function PageTitle({ title }: { title: string }): JSX.Element {
  return <title safe>{`${title} – CiviKey`}</title>;
}

function FontPreload({ href }: { href: string }): JSX.Element {
  return <link rel="preload" as="font" type="font/woff2" href={href} crossorigin="anonymous" />;
}

function Header(props: { page: PageFrame; section: string | undefined }): JSX.Element {
  const { email, nav, expiringCount } = props.page;
  return (
    <header class="civikey-header">
      <div class="civikey-header__inner grid-container">
        <a class="civikey-header__name" href={email === null ? "/login" : "/admin"}>
          CiviKey
        </a>
        {email !== null && (
          <nav class="civikey-nav" aria-label="Main">
            <ul class="civikey-nav__list">
              {nav.map(({ label, href }) => (
                <li>
                  <a
                    class="civikey-nav__link"
                    href={attribute(href)}
                    aria-current={href === props.section ? "page" : undefined}
                  >
                    {Html.escapeHtml(label)}
                    {href === "/admin/apiKeys" && expiringCount > 0 && (
                      <span class="civikey-nav__badge">
                        {Html.escapeHtml(formatCount(expiringCount))}
                        <span class="usa-sr-only"> expiring within {soonDays} days</span>
                      </span>
                    )}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        )}
        {email !== null && <AccountMenu email={email} page={props.page} />}
      </div>
    </header>
  );
}

function AccountMenu({ email, page }: { email: string; page: PageFrame }): JSX.Element {
  return (
    <details class="civikey-account" data-menu>
      <summary class="civikey-account__summary">Account</summary>
      <div class="civikey-account__panel">
        <p class="civikey-account__text">
          Signed in as{" "}
          <strong class="civikey-break" safe>
            {email}
          </strong>
        </p>
        <p class="civikey-account__text">
          <a href="/admin/account">Your account</a>
        </p>
        {page.may("see settings") && (
          <p class="civikey-account__text">
            <a href="/admin/settings">Settings</a>
          </p>
        )}
        <PostButton action="/logout" text="Sign out" look="outline" />
      </div>
    </details>
  );
}

/** What htmx puts in place of a page's region: the page's title, and the region. */
export function toFragment(title: string, region: JSX.Element): string {
  return toHtml(
    <>
      <PageTitle title={title} />
      {region}
    </>,
  );
}

/** The text of a finished page or fragment. Views never wait for anything, so there is no promise in them. */
export function toHtml(element: JSX.Element): string {
  if (typeof element === "string") return element;
  throw new TypeError("A view has to be rendered at once.");
}

/** What every page handler needs: the dependencies of pages, the frame around a page, and its answer. */
import type { Database } from "../db/client.ts";
import type { AlertOptions } from "../domain/access/alerts/send.ts";
import type { SaltRing } from "../domain/access/credentials.ts";
import type { ApiKeyRules } from "../domain/access/keys/fields.ts";
import type { SignOnProvider } from "../domain/access/people/sign-on/provider.ts";
import type { Operation } from "../domain/openapi/operations.ts";
import type { ProgramDocs } from "../domain/openapi/program-docs.ts";
import { frameOf } from "../http/answers/page-frame.ts";
import { getContext } from "../http/context.ts";
import type { DeviceCookie } from "../http/page-guard/device-cookie.ts";
import type { DocsReaderDeps } from "../http/page-guard/docs-reader.ts";
import type { KeptFormDeps } from "../http/page-guard/kept-form.ts";
import type { TokenCookie } from "../http/page-guard/session-cookie.ts";
import { DomainError, type ErrorCode, type FieldProblems } from "../lib/errors.ts";
import type { LayoutAssets, Notice, PageContext } from "../views/parts/layout.tsx";

/** What pages need. */
export interface PageDeps extends DocsReaderDeps, Omit<KeptFormDeps, "pageOfForm"> {
  readonly db: Database;
  readonly assets: LayoutAssets;
  readonly rules: ApiKeyRules;
  readonly salts: SaltRing;
  /** Keys the fingerprints under which sign-ins are counted. */
  readonly fingerprintKey: Uint8Array;
  readonly deviceCookie: DeviceCookie;
  /** Where people sign on; undefined when they sign in with passwords only. */
  readonly signOn: SignOnProvider | undefined;
  readonly signOnCookie: TokenCookie;
  /** Whether people may sign in with passwords. */
  readonly passwordSignIn: boolean;
  /** Show who gave a password and still has to show a second factor, and who was asked for a passkey. */
  readonly secondFactorCookie: TokenCookie;
  readonly passkeyCookie: TokenCookie;
  /** Encrypts the secrets of authenticator apps. */
  readonly authenticatorKey: Uint8Array;
  readonly baseUrl: () => string;
  /** How people are reached. */
  readonly channels: Pick<AlertOptions, "email" | "webhook">;
  /** The configuration in effect, by variable; secrets are masked. */
  readonly settings: Readonly<Record<string, string>>;
  readonly programDocs: ProgramDocs;
  /** What the API's documentation tells of. */
  readonly apiOperations: readonly Operation[];
  /** What the server pulls by itself, and how to make it look at once; undefined when it pulls nothing. */
  readonly sync:
    | {
        readonly plan: {
          readonly source: { readonly origin: string };
          readonly programs: readonly string[];
          readonly everyMinutes: number;
        };
        wake(): void;
      }
    | undefined;
}

/** The frame of the page that answers a request. */
export function framePage(deps: PageDeps, request: Request, notice?: Notice): PageContext {
  return {
    ...frameOf(deps.assets, request),
    notice: notice ?? getContext(request).notice ?? null,
    now: getContext(request).receivedAt,
    zone: deps.rules.zone,
    isFragment: wantsFragment(request),
  };
}

/** Answers with a page or a fragment of it. `Vary` tells caches that the two share an address. */
export function respondWithHtml(
  markup: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>,
  options: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): Response {
  return new Response(markup, {
    status: options.status ?? 200,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      Vary: "HX-Request, HX-Request-Type",
      ...options.headers,
    },
  });
}

/** Answers with a form: 200, or 422 when it shows problems. */
export function respondWithForm(markup: string, problems: FieldProblems): Response {
  return respondWithHtml(markup, { status: Object.keys(problems).length > 0 ? 422 : 200 });
}

/** 303: the write succeeded, and here is what to look at now (RFC 9110, section 15.4.4). */
export function seeOther(location: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { Location: location, ...headers } });
}

/** Tells whether htmx asks for a fragment instead of a page. */
export function wantsFragment(request: Request): boolean {
  const { headers } = request;
  return headers.get("hx-request") === "true" && headers.get("hx-request-type") !== "full";
}

/**
 * For `.catch()`: returns a domain error with one of these codes, which a form shows, and throws everything else on. An
 * `invalid` error without fields is thrown on too, because no field could show it.
 */
export function onlyCode(...codes: ErrorCode[]): (error: unknown) => DomainError {
  return (error) => {
    const isIt = error instanceof DomainError && codes.includes(error.code);
    if (isIt && (error.code !== "invalid" || Object.keys(error.fields).length > 0)) return error;
    throw error;
  };
}

/** The ID of a row in an address; undefined for any other text. */
export function readId(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

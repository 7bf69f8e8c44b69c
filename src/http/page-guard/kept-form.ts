/** Brings a form that was sent after its session had ended back to its author, once they have signed in again. */
import type { Database } from "../../db/client.ts";
import { findKeptForm, forgetKeptForm, keepForm } from "../../domain/access/people/kept-forms.ts";
import { findOwner } from "../../domain/access/people/sessions.ts";
import { fillForm } from "../answers/fill-form.ts";
import { getContext } from "../context.ts";
import { isReading } from "../methods.ts";
import { readContentType } from "../request-body.ts";
import { readForm } from "./forms.ts";
import type { TokenCookie } from "./session-cookie.ts";

/** What is needed to keep forms. */
export interface KeptFormDeps {
  readonly db: Database;
  readonly cookie: TokenCookie;
  readonly keptFormCookie: TokenCookie;
  /** The path of the page that a form is on, by the path that it is sent to. */
  readonly pageOfForm: (path: string) => string;
}

/** What the sign-in page is told of a form. */
export interface SentForm {
  /** The page that the form is on. */
  readonly next: string;
  readonly ended: "kept" | "lost";
}

/** Passwords, codes and answers of passkeys: whoever asks for one asks again. */
export const secretFields: ReadonlySet<string> = new Set([
  "currentPassword",
  "password",
  "passwordAgain",
  "code",
  "recoveryCode",
  "passkey",
]);

/**
 * Keeps the form of somebody whose session has ended. Not that of a stranger, of somebody who signed out, or one with a
 * file. Nor what a script sends. `requireSameOrigin` has refused forms of other sites by now.
 */
export async function keepSentForm(deps: KeptFormDeps, request: Request): Promise<SentForm | undefined> {
  if (isReading(request) || request.headers.get("hx-request") === "true") return undefined;
  const { receivedAt: now, setCookies } = getContext(request);
  const { pathname: action } = new URL(request.url);
  const page = deps.pageOfForm(action);
  const token = deps.cookie.read(request);
  const owner = token && (await findOwner(deps.db, token));
  if (owner === undefined || readContentType(request) !== "application/x-www-form-urlencoded") {
    return { next: page, ended: "lost" };
  }
  const sent = await readForm(request);
  const fields = new URLSearchParams([...sent].filter(([name]) => !secretFields.has(name)));
  setCookies.push(
    deps.keptFormCookie.write(await keepForm(deps.db, { ...owner, form: { action, page, fields }, now })),
  );
  return { next: page, ended: "kept" };
}

/**
 * Answers a request for a page. A form that was kept for it comes back with it; nothing is sent by that. It is forgotten
 * once the page is there: a page that fails shows nothing of it, and may be asked for again.
 */
export async function withKeptForm(
  deps: KeptFormDeps,
  request: Request,
  respond: () => Response | Promise<Response>,
): Promise<Response> {
  const context = getContext(request);
  const { session, receivedAt: now, setCookies } = context;
  const token = deps.keptFormCookie.read(request);
  if (context.isHead || request.method !== "GET" || session === undefined || token === undefined) return respond();
  const form = await findKeptForm(deps.db, { token, personId: session.person.id, now });
  if (form === undefined) setCookies.push(deps.keptFormCookie.clear());
  if (form?.page !== new URL(request.url).pathname) return respond();
  context.typed = form.fields;
  context.notice = {
    tone: "warning",
    text: "Your session had ended, so nothing has been saved yet. What you typed is back, except passwords and codes. Check it, and send it again.",
  };
  const page = fillForm(await respond(), form);
  if (page.status >= 500) return page;
  await forgetKeptForm(deps.db, { token, now });
  setCookies.push(deps.keptFormCookie.clear());
  return page;
}

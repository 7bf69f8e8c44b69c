/** The admin pages as the browser of a signed-in admin requests them, without the browser. */
import type { TestApp } from "./app.ts";
import { ownForm, signIn } from "./factories.ts";
import { readText } from "./markup.ts";

/** An answer, its markup, and the text that a reader sees. */
export interface PageAnswer {
  readonly response: Response;
  readonly html: string;
  readonly text: string;
}

/** A signed-in admin at the pages. */
export interface AdminAtPages {
  /** The session; a test can continue with another. */
  cookie: string;
  open(path: string, headers?: Record<string, string>): Promise<PageAnswer>;
  /** Sends a form of our own page. */
  send(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<PageAnswer>;
}

/** Signs the admin in that `makeAdmin` makes. */
export async function signInToPages(app: TestApp): Promise<AdminAtPages> {
  async function request(path: string, init: RequestInit): Promise<PageAnswer> {
    const response = await app.request(path, init);
    const html = await response.text();
    return { response, html, text: readText(html) };
  }
  const admin: AdminAtPages = {
    cookie: await signIn(app),
    open: (path, headers) => request(path, { headers: { cookie: admin.cookie, ...headers } }),
    send: (path, fields, headers) =>
      request(path, {
        method: "POST",
        headers: { ...ownForm, cookie: admin.cookie, ...headers },
        body: new URLSearchParams(fields),
      }),
  };
  return admin;
}

/** Shows the hunt for leaks what a product under test answers, and the secrets that it hands out. */
import type { App } from "../../src/app.ts";
import { leakHunt } from "./leak-hunt.ts";

/** Streams and files are left alone: reading along would change how they are cancelled. */
const readTypes = /^(text\/html|application\/(problem\+)?json)/;
/** The answers that show credentials, once: those of the forms that make a key. */
const madeKey = /^\/admin\/apiKeys(\/\d+\/rotate)?$/;

/** The same product, watched. */
export function watchApp(app: App): App {
  return {
    ...app,
    async handle(request, peer) {
      const response = await app.handle(request, peer);
      // Not `new URL`: some tests send addresses that are none.
      const path = request.url.replace(/^http:\/\/[^/]*|\?.*$/g, "");
      rememberSession(response);
      if (request.method === "POST" && response.status === 201 && madeKey.test(path)) {
        rememberCredentials(await response.clone().text());
      } else if (readTypes.test(response.headers.get("content-type") ?? "")) {
        leakHunt.searchAnswer(`the answer to ${request.method} ${path}`, response);
      }
      const { "set-cookie": _, ...headers } = Object.fromEntries(response.headers);
      leakHunt.search(`the headers of ${request.method} ${path}`, Object.values(headers).join("\n"));
      return response;
    },
  };
}

function rememberSession(response: Response): void {
  const [, token] = /civikey_session=([^;]{16,})/.exec(response.headers.get("set-cookie") ?? "") ?? [];
  if (token !== undefined) leakHunt.expectNowhere("a session's token", token);
}

function rememberCredentials(page: string): void {
  for (const [secret] of page.matchAll(/cvs_[0-9A-Za-z]{49}/g)) {
    leakHunt.expectNowhere("a secret from the credentials page", secret);
  }
  for (const [token] of page.matchAll(/Y3Zr[0-9A-Za-z+/=]{60,}/g)) {
    leakHunt.expectNowhere("a token from the credentials page", token);
  }
}

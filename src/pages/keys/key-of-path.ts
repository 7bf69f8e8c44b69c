/** The key that a page's address names. */
import { type ApiKey, getApiKey } from "../../domain/access/keys/find.ts";
import { getContext } from "../../http/context.ts";
import { DomainError } from "../../lib/errors.ts";
import { type PageDeps, readId } from "../frame.ts";

/** Reads the `:id` of an address and gets its key. Throws `not_found`, also for what is no number. */
export function getKeyOfPath(deps: PageDeps, request: Request, text: string): Promise<ApiKey> {
  const id = readId(text);
  if (id === undefined) throw new DomainError("not_found", "There is no such API key.");
  return getApiKey(deps.db, { id, now: getContext(request).receivedAt });
}

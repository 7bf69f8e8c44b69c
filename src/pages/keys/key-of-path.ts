import { type ApiKey, getApiKey } from "../../domain/access/keys/find.ts";
import type { KeyReader } from "../../domain/access/people/roles.ts";
import { DomainError } from "../../lib/errors.ts";
import { type PageDeps, readId } from "../frame.ts";

/** Gets the key of an `:id` in an address. Throws `not_found`, also when it is not a number or not to be seen. */
export function getKeyOfPath(
  deps: PageDeps,
  { now, actor }: { now: Date; actor: KeyReader },
  text: string,
): Promise<ApiKey> {
  const id = readId(text);
  if (id === undefined) throw new DomainError("not_found", "API key not found.");
  return getApiKey(deps.db, { id, actor, now });
}

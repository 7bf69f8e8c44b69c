/** What has just been done to a key, said on the page that the answer leads to. An address can be made up: only what is so is said. */
import { findApiKey } from "../domain/api-keys.ts";
import type { AuditEvent } from "../domain/audit.ts";
import { getExchange } from "../http/exchange.ts";
import { readPageQuery } from "../http/forms.ts";
import type { Notice } from "../views/layout.tsx";
import { type PageDeps, readId, wantsFragment } from "./frame.ts";

const justNowMs = 5 * 60_000;

function isJustNow(at: Date, now: Date): boolean {
  return now.getTime() - at.getTime() < justNowMs;
}

/** That the key of `retired=<id>` was retired; undefined without one. */
export async function findRetirementNotice(
  deps: PageDeps,
  request: Request,
): Promise<Notice | undefined> {
  const id = readId(readPageQuery(request).get("retired"));
  if (id === undefined || wantsFragment(request)) return undefined;
  const now = getExchange(request).receivedAt;
  const apiKey = await findApiKey(deps.db, { id, now });
  if (!apiKey?.retiredAt || !isJustNow(apiKey.retiredAt, now)) return undefined;
  const text = "is retired. Every call with it is refused from now on.";
  return { tone: "success", about: apiKey.name, text };
}

/** What narrowing came to (`narrowed=saved` or `unchanged`); `newest` is the key's newest audit event. */
export function describeNarrowing(
  query: URLSearchParams,
  { newest, now }: { newest: AuditEvent | undefined; now: Date },
): Notice | undefined {
  const outcome = query.get("narrowed");
  if (outcome === "unchanged") return { tone: "info", text: "Nothing was changed." };
  const isSo = newest?.action === "api_key.narrowed" && isJustNow(newest.at, now);
  if (outcome !== "saved" || !isSo) return undefined;
  return { tone: "success", text: "Saved. Calls are judged by what the key has now." };
}

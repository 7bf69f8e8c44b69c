/** What has just been done to a key, said on the page that the answer leads to. An address can be made up: only what is so is said. */

import type { AuditEvent } from "../../domain/access/audit/record.ts";
import { findApiKey } from "../../domain/access/keys/find.ts";
import { getContext } from "../../http/context.ts";
import { readPageQuery } from "../../http/page-guard/forms.ts";
import type { Notice } from "../../views/parts/layout.tsx";
import { type PageDeps, readId, wantsFragment } from "../frame.ts";

const justNowMs = 5 * 60_000;

/** What can be done to a key that is there. */
const changes = new Set(["api_key.narrowed", "api_key.retired", "api_key.rotated"]);

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
  const now = getContext(request).receivedAt;
  const apiKey = await findApiKey(deps.db, { id, now });
  if (!apiKey?.retiredAt || !isJustNow(apiKey.retiredAt, now)) return undefined;
  const text = "is retired. Every call with it is refused from now on.";
  return { tone: "success", about: apiKey.name, text };
}

/**
 * What narrowing came to (`narrowed=saved` or `unchanged`); `newest` is the key's newest audit event. Whoever
 * has just changed a key and follows a made-up address is not told that nothing was changed.
 */
export function describeNarrowing(
  query: URLSearchParams,
  { newest, now }: { newest: AuditEvent | undefined; now: Date },
): Notice | undefined {
  const outcome = query.get("narrowed");
  const justDone = newest !== undefined && isJustNow(newest.at, now) ? newest.action : undefined;
  if (outcome === "unchanged") {
    const isChanged = justDone !== undefined && changes.has(justDone);
    const text = isChanged ? "Nothing more was changed." : "Nothing was changed.";
    return { tone: "info", text };
  }
  if (outcome !== "saved" || justDone !== "api_key.narrowed") return undefined;
  return { tone: "success", text: "Saved. Calls are judged by what the key has now." };
}

/** The notice about what was just done to a key. The address may be made up, so it only says what is true. */
import type { AuditEvent } from "../../domain/access/audit/list.ts";
import { findApiKey } from "../../domain/access/keys/find.ts";
import type { KeyReader } from "../../domain/access/people/roles.ts";
import type { PageCall } from "../../http/page-guard/routes.ts";
import { pluralize } from "../../views/parts/format.ts";
import type { Notice } from "../../views/parts/layout.tsx";
import { type PageDeps, readId, wantsFragment } from "../frame.ts";

/** Where a reload of the page with a key's credentials leads, and the way back to it. It is true of every key. */
export const credentialsGone: Notice = {
  tone: "info",
  text: "The key exists; its secret cannot be shown again. Rotate it to get new credentials.",
};

/** No page retires more at once. */
const keysMax = 100;
const justNowMs = 5 * 60_000;

const changes = new Set(["api_key.narrowed", "api_key.retired", "api_key.rotated"]);

function isJustNow(at: Date, now: Date): boolean {
  return now.getTime() - at.getTime() < justNowMs;
}

/** The notice that the keys of `retired=<id>` were retired, and those of `already=<id>` before; undefined unless they just were. */
export async function findRetirementNotice(
  deps: PageDeps,
  { request, query, now, actor }: PageCall & { actor: KeyReader },
): Promise<Notice | undefined> {
  if (wantsFragment(request)) return undefined;
  const findRetired = async (name: string) => {
    const ids = query
      .getAll(name)
      .slice(0, keysMax)
      .flatMap((text) => readId(text) ?? []);
    const found = await Promise.all(ids.map((id) => findApiKey(deps.db, { id, actor, now })));
    return found.flatMap((apiKey) => (apiKey?.retiredAt ? { name: apiKey.name, at: apiKey.retiredAt } : []));
  };
  const [retired, already] = await Promise.all([findRetired("retired"), findRetired("already")]);
  const [first, ...others] = retired.filter(({ at }) => isJustNow(at, now));
  const before = already.length === 0 ? "" : ` ${pluralize(already.length, "key")} had been retired before.`;
  if (first === undefined) return before === "" ? undefined : { tone: "info", text: `Nothing changed.${before}` };
  if (others.length === 0) {
    return { tone: "success", about: first.name, text: `is retired. All calls with it are now refused.${before}` };
  }
  const text = `${others.length + 1} API keys are retired. All calls with them are now refused.${before}`;
  return { tone: "success", text };
}

/**
 * The outcome of narrowing (`narrowed=saved` or `unchanged`); `newest` is the key's newest audit event. An
 * admin who just changed the key never reads that there were no changes.
 */
export function describeNarrowing(
  query: URLSearchParams,
  { newest, now }: { newest: AuditEvent | undefined; now: Date },
): Notice | undefined {
  const outcome = query.get("narrowed");
  const justDone = newest !== undefined && isJustNow(newest.at, now) ? newest.action : undefined;
  if (outcome === "unchanged") {
    const isChanged = justDone !== undefined && changes.has(justDone);
    return { tone: "info", text: isChanged ? "No further changes made." : "No changes made." };
  }
  if (outcome !== "saved" || justDone !== "api_key.narrowed") return undefined;
  return { tone: "success", text: "Changes saved. They apply from the next call." };
}

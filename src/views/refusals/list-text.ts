/** What the list of refused calls is made of, its addresses, and what it says of itself. */
import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { Refusal } from "../../domain/access/refusals/list.ts";
import { reasonNames } from "./reasons.ts";

/** One page of the list, and the question it answers. */
export interface RefusalListProps {
  /** Newest first. */
  readonly refusals: readonly Refusal[];
  /** Whether there are older ones; the next page is `before` the last one here. */
  readonly hasMore: boolean;
  /** Only those with this reason. */
  readonly reason: RefusalReason | null;
  /** What is searched for; empty for everything. */
  readonly search: string;
  /** The one key that the list is about. */
  readonly apiKey: { readonly id: number; readonly name: string } | null;
}

/** An address of the list; what is empty is left out of it. */
export function refusalsHref(query: {
  apiKeyId?: number | undefined;
  reason?: RefusalReason | null;
  search?: string;
  before?: number | undefined;
}): string {
  const parameters = new URLSearchParams();
  if (query.apiKeyId !== undefined) parameters.set("key", String(query.apiKeyId));
  if (query.reason) parameters.set("reason", query.reason);
  if (query.search) parameters.set("q", query.search);
  if (query.before !== undefined) parameters.set("before", String(query.before));
  return parameters.size === 0 ? "/admin/refusals" : `/admin/refusals?${parameters}`;
}

/** What the list holds, in one sentence: the title of an empty list, and what is announced. */
export function refusalsSummary(props: RefusalListProps): string {
  const { refusals, reason, search, apiKey, hasMore } = props;
  const because = reason === null ? "" : ` because of “${reasonNames[reason]}”`;
  const matching = search === "" ? "" : ` for “${search}”`;
  const ofKey = apiKey === null ? "" : ` of ${apiKey.name}`;
  if (refusals.length === 0) return `No refused calls${ofKey}${because}${matching}.`;
  const which = hasMore ? "The newest refused calls" : "All refused calls";
  return `${which}${ofKey}${because}${matching}.`;
}

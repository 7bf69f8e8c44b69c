/** What the audit trail's page is made of, its addresses, and what it says of itself. */
import type { AuditLine } from "../../domain/access/audit/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { nameOfAction } from "./sentences.tsx";

/** The filters as they were filled in; empty where nothing was. */
export interface AuditQuery {
  readonly who: string;
  /** An action. */
  readonly what: string;
  /** A key id, or a part of a name. */
  readonly key: string;
  /** `YYYY-MM-DD`, both days included. */
  readonly from: string;
  readonly until: string;
}

/** One page of the trail, and the question it answers. */
export interface AuditListProps {
  /** Newest first. */
  readonly events: readonly AuditLine[];
  /** Whether there are older ones; the next page is `before` the last one here. */
  readonly hasMore: boolean;
  /** Whether there are newer ones on a page before. */
  readonly isOlder: boolean;
  readonly query: AuditQuery;
  /** By field: `from`, `until`. */
  readonly problems: FieldProblems;
}

/** An address of the trail; what is empty is left out of it. */
export function auditHref(query: Partial<AuditQuery>, before?: number): string {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const parameters = new URLSearchParams(given);
  if (before !== undefined) parameters.set("before", String(before));
  return parameters.size === 0 ? "/admin/audit" : `/admin/audit?${parameters}`;
}

/** Whether anything is filtered. */
export function isNarrowed(query: AuditQuery): boolean {
  return Object.values(query).some((value) => value !== "");
}

/** What the list holds, in one sentence: the title of an empty list, what is announced, and what is printed. */
export function auditSummary({ events, hasMore, isOlder, query }: AuditListProps): string {
  const parts = [
    query.who && ` by “${query.who}”`,
    query.what && `, ${nameOfAction(query.what)}`,
    query.key && `, API key “${query.key}”`,
    query.from && `, from ${query.from}`,
    query.until && `, until ${query.until}`,
  ];
  const narrowed = parts.filter(Boolean).join("");
  if (events.length === 0) return `No audit events${narrowed}.`;
  if (isOlder) return `Older audit events${narrowed}.`;
  return `${hasMore ? "The newest audit events" : "All audit events"}${narrowed}.`;
}

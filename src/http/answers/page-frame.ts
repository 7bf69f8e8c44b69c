/** What is around every page: who is signed in, and what they may open. */
import { hasRight, type Right } from "../../domain/access/people/roles.ts";
import type { LayoutAssets, NavItem, PageFrame } from "../../views/parts/layout.tsx";
import { getContext } from "../context.ts";

/** The top navigation: what each entry leads to needs a right. */
const nav: readonly (NavItem & { readonly needs: Right })[] = [
  { label: "API keys", href: "/admin/apiKeys", needs: "see keys" },
  { label: "Programs", href: "/admin/programs", needs: "see programs" },
  { label: "Applications", href: "/admin/applications", needs: "see applications" },
  { label: "Refused calls", href: "/admin/refusals", needs: "see refused calls" },
  { label: "Audit", href: "/admin/audit", needs: "see the audit trail" },
  { label: "People", href: "/admin/people", needs: "see people" },
  { label: "API docs", href: "/docs/api", needs: "see programs" },
];

/** Whole seconds from one moment to another. */
export function secondsUntil(end: Date, now: Date): number {
  return Math.floor((end.getTime() - now.getTime()) / 1000);
}

/** The frame of a page that answers a request, as far as is known who sent it: an error page needs no more. */
export function frameOf(assets: LayoutAssets, request: Request): PageFrame {
  const context = getContext(request);
  const roles = context.session?.roles ?? [];
  const may: PageFrame["may"] = (right, where) => hasRight(roles, right, where);
  return {
    assets,
    email: context.session?.person.email ?? null,
    nav: context.lacksSecondFactor ? [] : nav.filter(({ needs }) => may(needs)),
    may,
    notice: null,
    expiringCount: context.expiringCount ?? 0,
    secondsLeft: context.session ? secondsUntil(context.session.endsAt, context.receivedAt) : null,
  };
}

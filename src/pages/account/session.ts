/** When one's session ends. Asking does not extend it: pages ask by themselves, with nobody in front of them. */
import type { Session } from "../../domain/access/people/sessions.ts";
import { secondsUntil } from "../../http/answers/page-frame.ts";
import { readAnySession } from "../../http/page-guard/require-session.ts";
import { type OpenCall, openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { sessionPage } from "../../views/account/session.tsx";
import { toHtml } from "../../views/parts/layout.tsx";
import { sessionFragment, sessionPath } from "../../views/parts/session-watch.tsx";
import { framePage, type PageDeps, respondWithHtml, seeOther, wantsFragment } from "../frame.ts";

/** The page of one's session. It is open, to tell htmx of a session that has ended without leading away from a form. */
export function sessionPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", sessionPath, async (call) =>
      tell(deps, call, await readAnySession(deps, call.request, { isLook: true })),
    ),
    openPage("POST", sessionPath, async (call) => {
      const session = await readAnySession(deps, call.request);
      return wantsFragment(call.request) ? tell(deps, call, session) : seeOther(sessionPath);
    }),
  ];
}

function tell(deps: PageDeps, { request, now }: OpenCall, session: Session | undefined): Response {
  if (wantsFragment(request)) {
    const left = session && {
      secondsLeft: secondsUntil(session.endsAt, now),
      canStay: session.endsAt < session.expiresAt,
    };
    return respondWithHtml(toHtml(sessionFragment(left ?? null)));
  }
  if (session === undefined) return seeOther("/login?ended=page");
  return respondWithHtml(sessionPage({ page: framePage(deps, request), ...session }));
}

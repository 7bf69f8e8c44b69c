/** What an admin does to a person: each asks first, and who it is when they showed that too long ago. */
import { disablePerson, enablePerson } from "../../domain/access/people/disable.ts";
import { endSessionsOf } from "../../domain/access/people/end-sessions.ts";
import { resetSecondFactor } from "../../domain/access/people/factors/reset.ts";
import { renewInvitation } from "../../domain/access/people/invite.ts";
import type { PersonInFull } from "../../domain/access/people/list.ts";
import type { PageRoute, RoleCall } from "../../http/page-guard/routes.ts";
import { type PersonAction, personActionPage } from "../../views/people/action.tsx";
import { formPages } from "../form-pages.ts";
import { type PageDeps, seeOther } from "../frame.ts";
import { respondWithInvitation } from "./invited.ts";
import { getPersonOfPath } from "./list.ts";

type Call = RoleCall<"change people">;

/** Does it; the answer is a page of its own, or undefined to lead back to the person. */
type Work = (deps: PageDeps, call: Call, person: PersonInFull) => Promise<Response | unknown>;

const works: Readonly<Record<PersonAction, Work>> = {
  disable: ({ db }, call, { id }) => disablePerson(db, { id, ...momentOf(call) }),
  enable: ({ db }, call, { id }) => enablePerson(db, { id, ...momentOf(call) }),
  endSessions: ({ db }, call, { id }) => endSessionsOf(db, { id, ...momentOf(call) }),
  resetSecondFactor: ({ db }, call, person) => resetSecondFactor(db, { person, ...momentOf(call) }),
  async invite(deps, call, { id }) {
    return respondWithInvitation(deps, call, await renewInvitation(deps.db, { id, ...momentOf(call) }));
  },
};

const momentOf = ({ now, actor }: Call) => ({ actor, now });

/** The question before each action, and its answer. */
export function personActionPages(deps: PageDeps): PageRoute[] {
  const actions = Object.keys(works) as PersonAction[];
  return actions.flatMap((action) =>
    formPages(deps, `/admin/people/:id/${action}`, "change people", {
      open: (call) => getPersonOfPath(deps, call, call.params.id),
      read: () => ({}),
      draw: (frame, person) => personActionPage({ ...frame, action, person }),
      async act(call, person) {
        const answer = await works[action](deps, call, person);
        return answer instanceof Response ? answer : seeOther(`/admin/people/${person.id}?done=${action}`);
      },
      conflictField: "action",
    }),
  );
}

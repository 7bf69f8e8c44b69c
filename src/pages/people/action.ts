/** What an admin does to a person: each asks first, and who it is when they showed that too long ago. */
import { disablePerson, enablePerson } from "../../domain/access/people/disable.ts";
import { endSessionsOf } from "../../domain/access/people/end-sessions.ts";
import { resetSecondFactor } from "../../domain/access/people/factors/reset.ts";
import { renewInvitation } from "../../domain/access/people/invite.ts";
import type { PersonInFull } from "../../domain/access/people/list.ts";
import { readForm } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { type PersonAction, personActionPage } from "../../views/people/action.tsx";
import { frameForm, reauthenticate } from "../account/reauthentication.ts";
import { onlyCode, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";
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
  return actions.flatMap((action) => {
    const path = `/admin/people/:id/${action}` as const;
    return [
      rolePage("GET", path, "change people", (call) => ask(deps, call, action, call.params.id)),
      rolePage("POST", path, "change people", (call) => act(deps, call, action, call.params.id)),
    ];
  });
}

async function ask(deps: PageDeps, call: Call, action: PersonAction, id: string): Promise<Response> {
  return showForm(deps, call, { action, person: await getPersonOfPath(deps, call, id) });
}

async function act(deps: PageDeps, call: Call, action: PersonAction, id: string): Promise<Response> {
  const fields = await readForm(call.request);
  const person = await getPersonOfPath(deps, call, id);
  const problems = await reauthenticate(deps, call, fields);
  if (problems) return showForm(deps, call, { action, person }, problems);
  const answer = await works[action](deps, call, person).catch(onlyCode("conflict"));
  if (answer instanceof DomainError) return showForm(deps, call, { action, person }, { action: [answer.message] }, 409);
  return answer instanceof Response ? answer : seeOther(`/admin/people/${person.id}?done=${action}`);
}

async function showForm(
  deps: PageDeps,
  { request }: Call,
  subject: { action: PersonAction; person: PersonInFull },
  problems: FieldProblems = {},
  status = 422,
): Promise<Response> {
  const markup = personActionPage({ ...(await frameForm(deps, request, problems)), ...subject });
  return respondWithHtml(markup, { status: Object.keys(problems).length > 0 ? status : 200 });
}

/** The forms with roles: the one that invites a person, and the one that changes their roles. */
import { type ChosenRoles, readChosenRoles } from "../../domain/access/people/chosen-roles.ts";
import { invitePerson } from "../../domain/access/people/invite.ts";
import { setRoles } from "../../domain/access/people/set-roles.ts";
import { listGrantablePrograms } from "../../domain/programs/grantable.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems, findInvalidFields } from "../../lib/errors.ts";
import { invitePage, rolesPage } from "../../views/people/roles.tsx";
import { frameForm, reauthenticate } from "../account/reauthentication.ts";
import { onlyCode, type PageDeps, respondWithForm, respondWithHtml, seeOther } from "../frame.ts";
import { respondWithInvitation } from "./invited.ts";
import { getPersonOfPath } from "./list.ts";

type Call = RoleCall<"change people">;

/** The forms with roles. */
export function rolesPages(deps: PageDeps): PageRoute[] {
  const [invitePath, rolesPath] = ["/admin/people/invite", "/admin/people/:id/roles"] as const;
  return [
    rolePage("GET", invitePath, "change people", (call) => showInvite(deps, call)),
    rolePage("POST", invitePath, "change people", (call) => invite(deps, call)),
    rolePage("GET", rolesPath, "change people", (call) => showRoles(deps, call, call.params.id)),
    rolePage("POST", rolesPath, "change people", (call) => changeRoles(deps, call, call.params.id)),
  ];
}

async function showInvite(deps: PageDeps, call: Call): Promise<Response> {
  const nothing = { email: "", chosen: { roles: [], programs: [] } };
  return respondWithHtml(await drawInvite(deps, call, nothing, {}));
}

async function invite(deps: PageDeps, call: Call): Promise<Response> {
  const fields = await readForm(call.request);
  const given = { email: fieldOf(fields, "email"), chosen: readChosen(fields) };
  const proofProblems = await reauthenticate(deps, call, fields);
  if (proofProblems) return respondWithForm(await drawInvite(deps, call, given, proofProblems), proofProblems);
  const { actor, now } = call;
  const invited = await invitePerson(deps.db, { ...given, actor, now }).catch(onlyCode("invalid", "conflict"));
  if (!(invited instanceof DomainError)) return respondWithInvitation(deps, call, invited);
  const status = invited.code === "conflict" ? 409 : 422;
  return respondWithHtml(await drawInvite(deps, call, given, invited.fields), { status });
}

async function showRoles(deps: PageDeps, call: Call, id: string): Promise<Response> {
  const person = await getPersonOfPath(deps, call, id);
  const given = person.roles.filter(({ givenBy }) => givenBy === "person");
  const roles = given.map(({ role }) => role);
  const chosen = { roles, programs: given.flatMap(({ program }) => program?.slug ?? []) };
  return respondWithHtml(rolesPage({ ...(await formOf(deps, call, chosen, {})), person }));
}

async function changeRoles(deps: PageDeps, call: Call, id: string): Promise<Response> {
  const fields = await readForm(call.request);
  const person = await getPersonOfPath(deps, call, id);
  const chosen = readChosen(fields);
  const { roles, problems } = readChosenRoles(chosen);
  const wrong = (await reauthenticate(deps, call, fields)) ?? findInvalidFields(problems)?.fields;
  if (wrong) return respondWithForm(rolesPage({ ...(await formOf(deps, call, chosen, wrong)), person }), wrong);
  const { actor, now } = call;
  const set = await setRoles(deps.db, { personId: person.id, roles, givenBy: "person", actor, now }).catch(
    onlyCode("conflict"),
  );
  if (set instanceof DomainError) {
    const form = await formOf(deps, call, chosen, { roles: [set.message] });
    return respondWithHtml(rolesPage({ ...form, person }), { status: 409 });
  }
  return seeOther(`/admin/people/${person.id}?done=roles`);
}

async function drawInvite(
  deps: PageDeps,
  call: Call,
  { email, chosen }: { email: string; chosen: ChosenRoles },
  problems: FieldProblems,
): Promise<string> {
  const form = await formOf(deps, call, chosen, problems);
  return invitePage({ ...form, email, sendsEmail: deps.channels.email !== undefined });
}

async function formOf(deps: PageDeps, { request }: Call, chosen: ChosenRoles, problems: FieldProblems) {
  return { ...(await frameForm(deps, request, problems)), chosen, programs: await listGrantablePrograms(deps.db) };
}

/** `role[NAME]` and `program[SLUG]`, any value. */
function readChosen(fields: URLSearchParams): ChosenRoles {
  const inBrackets = (name: string) =>
    [...fields.keys()].flatMap((field) =>
      field.startsWith(`${name}[`) && field.endsWith("]") ? [field.slice(name.length + 1, -1)] : [],
    );
  return { roles: inBrackets("role"), programs: inBrackets("program") };
}

import { type ChosenRoles, readChosenRoles } from "../../domain/access/people/chosen-roles.ts";
import { invitePerson } from "../../domain/access/people/invite.ts";
import { setRoles } from "../../domain/access/people/set-roles.ts";
import { listGrantablePrograms } from "../../domain/programs/grantable.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";
import type { PageRoute } from "../../http/page-guard/routes.ts";
import { findInvalidFields } from "../../lib/errors.ts";
import { invitePage, rolesPage } from "../../views/people/roles.tsx";
import { formPages } from "../form-pages.ts";
import { type PageDeps, seeOther } from "../frame.ts";
import { respondWithInvitation } from "./invited.ts";
import { getPersonOfPath } from "./list.ts";

/** The forms with roles: the one that invites a person, and the one that changes their roles. */
export function rolesPages(deps: PageDeps): PageRoute[] {
  const { db } = deps;
  const sendsEmail = deps.channels.email !== undefined;
  return [
    ...formPages(deps, "/admin/people/invite", "change people", {
      open: async () => null,
      read: (fields) => ({ email: fieldOf(fields, "email"), chosen: readChosen(fields) }),
      draw: async (frame, _, given) =>
        invitePage({ ...frame, ...given, programs: await listGrantablePrograms(db), sendsEmail }),
      async act(call, _, given) {
        const { actor, now } = call;
        return respondWithInvitation(deps, call, await invitePerson(db, { ...given, actor, now }));
      },
      conflictField: "email",
    }),
    ...formPages(deps, "/admin/people/:id/roles", "change people", {
      open: (call) => getPersonOfPath(deps, call, call.params.id),
      read: readChosen,
      start({ roles }) {
        const given = roles.filter(({ givenBy }) => givenBy === "person");
        return { roles: given.map(({ role }) => role), programs: given.flatMap(({ program }) => program?.slug ?? []) };
      },
      check: (chosen) => findInvalidFields(readChosenRoles(chosen).problems)?.fields ?? {},
      draw: async (frame, person, chosen) =>
        rolesPage({ ...frame, person, chosen, programs: await listGrantablePrograms(db) }),
      async act({ actor, now }, { id }, chosen) {
        const { roles } = readChosenRoles(chosen);
        await setRoles(db, { personId: id, roles, givenBy: "person", actor, now });
        return seeOther(`/admin/people/${id}?done=roles`);
      },
      conflictField: "roles",
    }),
  ];
}

/** `role[NAME]` and `program[SLUG]`, any value. */
function readChosen(fields: URLSearchParams): ChosenRoles {
  const inBrackets = (name: string) =>
    [...fields.keys()].flatMap((field) =>
      field.startsWith(`${name}[`) && field.endsWith("]") ? [field.slice(name.length + 1, -1)] : [],
    );
  return { roles: inBrackets("role"), programs: inBrackets("program") };
}

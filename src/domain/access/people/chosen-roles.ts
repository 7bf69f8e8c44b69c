/** Roles as somebody chose them: on a form, or with the options of a command. */
import type { FieldProblems } from "../../../lib/errors.ts";
import type { Role } from "./roles.ts";
import type { NewRole } from "./set-roles.ts";

/** Names of roles, and slugs of the programs of a program admin. */
export interface ChosenRoles {
  readonly roles: readonly string[];
  readonly programs: readonly string[];
}

/** Every role, the most powerful first. */
export const roleNames: readonly Role[] = ["admin", "program_admin", "auditor"];

/** Reads what was chosen, with what is wrong with it by field (`roles`, `programs`). No role is one only unless required. */
export function readChosenRoles(
  chosen: ChosenRoles,
  { isRequired = false }: { isRequired?: boolean } = {},
): { roles: NewRole[]; problems: FieldProblems } {
  const slugs = [...new Set(chosen.programs)];
  const isProgramAdmin = chosen.roles.includes("program_admin");
  const wanted = roleNames.filter((role) => chosen.roles.includes(role));
  const unknown = chosen.roles.filter((name) => roleNames.every((role) => role !== name));
  const roles = unknown.map((name) => `There is no role ${name}.`);
  if (isRequired && chosen.roles.length === 0) roles.push("Choose at least one role.");
  const programs =
    isProgramAdmin && slugs.length === 0
      ? ["Choose at least one program for a program admin."]
      : !isProgramAdmin && slugs.length > 0
        ? ["Only program admins have programs."]
        : [];
  return {
    roles: wanted.flatMap((role): NewRole[] =>
      role === "program_admin" ? slugs.map((programSlug) => ({ role, programSlug })) : [{ role }],
    ),
    problems: { roles, programs },
  };
}

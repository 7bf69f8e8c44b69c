import { type ChosenRoles, roleNames } from "../../domain/access/people/chosen-roles.ts";
import type { DescribedPerson } from "../../domain/access/people/list.ts";
import { Checkbox, ChoiceGroup } from "../parts/choice.tsx";
import { formPage, type ProvenFormProps } from "../parts/form-page.tsx";
import { Field } from "../parts/forms.tsx";
import { personHref } from "../parts/hrefs.ts";
import { UserText } from "../parts/text.tsx";
import { roleTexts } from "./facts.tsx";

/** What the forms with roles show; the problems are those of `email`, `roles`, `programs` and the proof. */
interface RolesFormProps extends ProvenFormProps {
  /** What is checked. */
  readonly chosen: ChosenRoles;
  /** The programs to choose from, by name. */
  readonly programs: readonly { readonly slug: string; readonly name: string }[];
}

/** The page that invites a person: `POST /admin/people/invite` with `email`, `role[…]` and `program[…]`. */
export function invitePage(props: RolesFormProps & { email: string; sendsEmail: boolean }): string {
  return formPage({
    ...props,
    section: "/admin/people",
    back: { href: "/admin/people", name: "People" },
    title: "Invite a person",
    intro: (
      <p>
        {props.sendsEmail
          ? "We e-mail them a link, and show it to you once. They set a password with it and sign in. It works for 24 hours."
          : "You get a link to give them. They set a password with it and sign in. It works for 24 hours."}
      </p>
    ),
    action: "/admin/people/invite",
    fields: (
      <>
        <Field
          name="email"
          label="E-mail address"
          hint="They sign in with it, and it appears in the audit log."
          type="email"
          value={props.email}
          required
          problems={props.problems.email}
        />
        <RoleFields {...props} />
      </>
    ),
    button: "Invite",
    cancel: { href: "/admin/people", label: "Cancel" },
  });
}

/** The page that changes a person's roles: `POST /admin/people/:id/roles` with `role[…]` and `program[…]`. */
export function rolesPage(props: RolesFormProps & { person: DescribedPerson }): string {
  const { person } = props;
  const href = personHref(person.id);
  const isInGroup = person.roles.some(({ givenBy }) => givenBy === "group");
  return formPage({
    ...props,
    section: "/admin/people",
    title: "Change roles",
    back: { href, name: person.email },
    intro: (
      <p>
        Changes apply to their next request. Without a role they can open nothing but their own account.
        {isInGroup && " Roles from their sign-on groups stay, whatever you choose here."}
      </p>
    ),
    action: `${href}/roles`,
    fields: <RoleFields {...props} />,
    button: "Save roles",
    cancel: { href, label: "Cancel" },
  });
}

const programsOpenMax = 12;

function RoleFields({ chosen, programs, problems }: RolesFormProps): JSX.Element {
  const isMany = programs.length > programsOpenMax;
  return (
    <>
      <ChoiceGroup name="roles" legend="Roles" hint="Choose what their job needs." problems={problems.roles}>
        {roleNames.map((role) => (
          <Checkbox name={`role[${role}]`} id={`role_${role}`} isChecked={chosen.roles.includes(role)}>
            <span safe>{roleTexts[role].name}</span>
            <span class="usa-checkbox__label-description" safe>
              {roleTexts[role].description}
            </span>
          </Checkbox>
        ))}
      </ChoiceGroup>
      {(programs.length > 0 || chosen.roles.includes("program_admin")) && (
        <ChoiceGroup
          name="programs"
          legend="Programs of a program admin"
          hint={programs.length === 0 ? "There are no programs yet." : "Only for program admins."}
          problems={problems.programs}
        >
          <ul class={isMany ? "civikey-programs civikey-programs--many" : "civikey-programs"}>
            {programs.map(({ slug, name }) => (
              <li class="civikey-program">
                <Checkbox name={`program[${slug}]`} id={`program_${slug}`} isChecked={chosen.programs.includes(slug)}>
                  <UserText text={name} />
                </Checkbox>
              </li>
            ))}
          </ul>
        </ChoiceGroup>
      )}
    </>
  );
}

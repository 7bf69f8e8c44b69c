/** What is said about a person on several pages. */
import { Html } from "@elysiajs/html";
import type { DescribedPerson, GivenRole } from "../../domain/access/people/list.ts";
import type { Role } from "../../domain/access/people/roles.ts";
import { Badge, List } from "../parts/components.tsx";
import { formatTimeUntil, pluralize } from "../parts/format.ts";
import { programHref } from "../parts/hrefs.ts";
import { NameLink, Quiet } from "../parts/text.tsx";

/** What a role is called, and what it lets a person do. */
export const roleTexts: Readonly<Record<Role, { readonly name: string; readonly description: string }>> = {
  admin: { name: "Admin", description: "Everything: API keys, programs, applications, people and settings." },
  program_admin: {
    name: "Program admin",
    description:
      "For the programs checked below: see and download applications, and set their status. See the API keys for these programs, but change none.",
  },
  auditor: {
    name: "Auditor",
    description:
      "See API keys, programs, refused calls, people and the audit log, but no applications. Change nothing.",
  },
};

/** The state of a person, unless it is simply active. */
export function PersonBadge({ person, now }: { person: DescribedPerson; now: Date }): JSX.Element {
  const { state, roles, invitationExpiresAt: until } = person;
  if (state === "disabled") return <Badge tone="ended" text="Disabled" />;
  if (state === "invited" && until === null) return <Badge tone="urgent" text="Invitation expired" />;
  if (state === "invited" && until !== null) {
    return <Badge tone="soon" text={`Invited, link expires in ${formatTimeUntil(until, now)}`} />;
  }
  return roles.length === 0 ? <Badge tone="urgent" text="No role" /> : "";
}

/** The roles of a person, each on a line; of a program admin with the programs, the first few in a list. */
export function Roles(props: { roles: readonly GivenRole[]; programsMax?: number }): JSX.Element {
  const { roles, programsMax = Number.POSITIVE_INFINITY } = props;
  const names = [...new Set(roles.map(({ role }) => role))];
  if (names.length === 0) return <Quiet>None</Quiet>;
  return (
    <List>
      {names.map((name) => (
        <RoleLine name={name} given={roles.filter(({ role }) => role === name)} programsMax={programsMax} />
      ))}
    </List>
  );
}

function RoleLine(props: { name: Role; given: readonly GivenRole[]; programsMax: number }): JSX.Element {
  const { name, given, programsMax } = props;
  const programs = [
    ...new Map(given.flatMap(({ program }) => (program ? [[program.slug, program] as const] : []))).values(),
  ];
  const more = programs.length - programsMax;
  return (
    <>
      <span safe>{roleTexts[name].name}</span>
      {programs.slice(0, programsMax).map(({ slug, name: programName }, index) => (
        <>
          {index === 0 ? " of " : ", "}
          <NameLink href={programHref(slug)} name={programName} />
        </>
      ))}
      {more > 0 && <span safe>{` and ${more} more`}</span>}
      {given.every(({ givenBy }) => givenBy === "group") && <Quiet> (from a sign-on group)</Quiet>}
    </>
  );
}

/** How a person signs in. */
export function SignInWays({ person }: { person: DescribedPerson }): JSX.Element {
  const { hasPassword, passkeyCount, hasSignOn } = person;
  const ways = [
    ...(hasPassword ? ["password"] : []),
    ...(passkeyCount > 0 ? [passkeyCount === 1 ? "passkey" : pluralize(passkeyCount, "passkey")] : []),
    ...(hasSignOn ? ["single sign-on"] : []),
  ];
  return <Listed texts={ways} none="None yet" />;
}

/** A person's second factors, which the password needs. */
export function SecondFactors({ person }: { person: DescribedPerson }): JSX.Element {
  const factors = [
    ...(person.passkeyCount > 0 ? ["passkey"] : []),
    ...(person.hasAuthenticatorApp ? ["authenticator app"] : []),
  ];
  return <Listed texts={factors} none="None" />;
}

function Listed({ texts, none }: { texts: readonly string[]; none: string }): JSX.Element {
  const text = texts.join(", ");
  if (text === "") return <Quiet>{Html.escapeHtml(none)}</Quiet>;
  return <span safe>{text.charAt(0).toUpperCase() + text.slice(1)}</span>;
}

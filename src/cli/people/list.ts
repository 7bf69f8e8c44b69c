/** `people list`. */
import { type DescribedPerson, type GivenRole, listDescribedPeople } from "../../domain/access/people/list.ts";
import { readSessionPolicy } from "../../instance/open.ts";
import type { Command } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";

const peopleReadAtOnce = 1_000_000;

/** Lists everyone. */
export const listPeopleCommand: Command = {
  name: "people list",
  summary: "list everyone who can sign in, and who was invited or disabled",
  example: "people list",
  answer:
    '[{"email","state":"active|invited|disabled","roles","signInWith","secondFactor","lastSignedInAt","sessions","invitationExpiresAt"}]',
  options: [],
  async run({ connection, config, actor, now, zone }) {
    const policy = readSessionPolicy(config);
    const { people } = await listDescribedPeople(connection.db, {
      actor,
      search: "",
      limit: peopleReadAtOnce,
      policy,
      now,
    });
    const headings = ["E-MAIL", "STATE", "ROLES", "SIGNS IN WITH", "SECOND FACTOR", "LAST SIGN-IN", "SESSIONS"];
    const described = people.map(describePerson);
    const rows = described.map((person) => [
      person.email,
      person.state,
      person.roles.join(", ") || "none",
      person.signInWith.join(", ") || "none",
      person.secondFactor.join(", ") || "none",
      person.lastSignedInAt === null ? "never" : formatTime(person.lastSignedInAt, zone),
      String(person.sessions),
    ]);
    return {
      json: described,
      text: formatTable(headings, rows, "Nobody yet. Create the first admin: bun run cli admins create --email E"),
    };
  },
};

/** Roles as the CLI writes them: `admin`, `program_admin of utility-discount`; each once. */
export function spellRoles(roles: readonly GivenRole[]): string[] {
  const names = roles.map(({ role, program }) => (program === null ? role : `${role} of ${program.slug}`));
  return [...new Set(names)];
}

function describePerson(person: DescribedPerson) {
  const { email, state, lastSignedInAt, invitationExpiresAt, sessionCount: sessions } = person;
  const passkey = person.passkeyCount > 0 ? ["passkey"] : [];
  const signInWith = [
    ...(person.hasPassword ? ["password"] : []),
    ...passkey,
    ...(person.hasSignOn ? ["sign-on"] : []),
  ];
  const secondFactor = [...passkey, ...(person.hasAuthenticatorApp ? ["authenticator app"] : [])];
  const { roles } = person;
  return {
    email,
    state,
    roles: spellRoles(roles),
    signInWith,
    secondFactor,
    lastSignedInAt,
    sessions,
    invitationExpiresAt,
  };
}

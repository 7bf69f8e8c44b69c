/** People in a few words, for the command line and for downloads. */
import type { DescribedPerson, GivenRole } from "./list.ts";

/** Roles as the CLI writes them: `admin`, `program_admin of utility-discount`; each once. */
export function spellRoles(roles: readonly GivenRole[]): string[] {
  const names = roles.map(({ role, program }) => (program === null ? role : `${role} of ${program.slug}`));
  return [...new Set(names)];
}

/** What is told of a person in a list. */
export function describeInWords(person: DescribedPerson) {
  const { email, state, lastSignedInAt, invitationExpiresAt, sessionCount: sessions } = person;
  const passkey = person.passkeyCount > 0 ? ["passkey"] : [];
  return {
    email,
    state,
    roles: spellRoles(person.roles),
    signInWith: [...(person.hasPassword ? ["password"] : []), ...passkey, ...(person.hasSignOn ? ["sign-on"] : [])],
    secondFactor: [...passkey, ...(person.hasAuthenticatorApp ? ["authenticator app"] : [])],
    lastSignedInAt,
    sessions,
    invitationExpiresAt,
  };
}

/** People of every kind as sample data, and the pages about them. */

import { byEmail, type GivenRole, type PersonInFull } from "../../src/domain/access/people/list.ts";
import { endedLinkPage, invitationPage, signInLinkPage } from "../../src/views/account/links.tsx";
import type { PageContext } from "../../src/views/parts/layout.tsx";
import { type PersonAction, personActionPage } from "../../src/views/people/action.tsx";
import { invitedPage } from "../../src/views/people/invited.tsx";
import { peoplePage } from "../../src/views/people/list.tsx";
import { personPage } from "../../src/views/people/person.tsx";
import { invitePage, rolesPage } from "../../src/views/people/roles.tsx";
import { sampleSessions } from "./audit-samples.ts";
import { pageOf } from "./page-walk.ts";
import { passwordProof } from "./view-samples.ts";

const now = Date.parse("2026-11-23T18:30:00Z");
const hoursFromNow = (hours: number) => new Date(now + hours * 3_600_000);

const role = (name: GivenRole["role"], more: Partial<GivenRole> = {}): GivenRole => ({
  ...{ role: name, program: null, givenBy: "person" },
  ...more,
});
const programs = ["Utility discount program", "Child care assistance", "Senior meals", "برنامج المساعدة السكنية"];
const programOf = (name: string, index: number) => ({ slug: `program-${index + 1}`, name });

/** One person; what is not given is an admin with a password and a passkey. */
export function samplePerson(given: Partial<PersonInFull> = {}): PersonInFull {
  return {
    id: 3,
    email: "maria.gonzalez@seattle.example.gov",
    createdAt: hoursFromNow(-9_000),
    state: "active",
    disabledAt: null,
    lastSignedInAt: hoursFromNow(-2),
    invitationExpiresAt: null,
    roles: [role("admin")],
    hasPassword: true,
    hasSignOn: false,
    passkeyCount: 1,
    hasAuthenticatorApp: false,
    sessionCount: 2,
    keyCount: 4,
    ...given,
  };
}

const newcomer: Partial<PersonInFull> = {
  ...{ state: "invited", hasPassword: false, passkeyCount: 0, sessionCount: 0, keyCount: 0 },
  lastSignedInAt: null,
};

const programAdmin = samplePerson({
  id: 4,
  email: "li.wei@seattle.example.gov",
  roles: programs.map((name, index) => role("program_admin", { program: programOf(name, index) })),
  passkeyCount: 0,
  hasAuthenticatorApp: true,
  sessionCount: 1,
  keyCount: 0,
});

const everyone: readonly PersonInFull[] = [
  samplePerson({
    id: 7,
    email: "a.very.long.name.that.does.not.fit.into.a.narrow.column@department-of-human-services.seattle.example.gov",
    roles: [role("auditor", { givenBy: "group" }), role("program_admin", { program: programOf(programs[0] ?? "", 0) })],
    ...{ hasPassword: false, hasSignOn: true, passkeyCount: 0, sessionCount: 1 },
  }),
  samplePerson({ ...newcomer, id: 5, email: "grace@seattle.example.gov", invitationExpiresAt: hoursFromNow(5.5) }),
  samplePerson({ ...newcomer, id: 6, email: "ida@seattle.example.gov", roles: [role("auditor")] }),
  programAdmin,
  samplePerson(),
  samplePerson({ id: 8, email: "noor@seattle.example.gov", roles: [], passkeyCount: 0 }),
  samplePerson({
    ...{ id: 9, email: "olaf@seattle.example.gov", state: "disabled", disabledAt: hoursFromNow(-30), sessionCount: 0 },
    roles: [role("auditor")],
  }),
];

/** Every page about people by name; `text` stands for whatever people wrote. */
export function renderPeopleSamples(page: PageContext): Record<string, string> {
  const total = { count: 1_203, hasMore: false };
  const found = { ...pageOf(everyone, { total }), next: { id: 9, value: "olaf" } };
  const list = { page, found, order: byEmail, search: "" };
  const offer = programs.map(programOf);
  const form = { page, chosen: { roles: [], programs: [] }, programs: offer, problems: {}, proof: null };
  const [person, link] = [samplePerson(), "https://civikey.seattle.example.gov/invitation?token=0aB7cD2eF4gH6iJ8kL1m"];
  const invited = { page, person, link, expiresAt: hoursFromNow(24) };
  const ask = (action: PersonAction, given: Partial<PersonInFull> = {}) =>
    personActionPage({ page, action, person: samplePerson(given), proof: null, problems: {} });
  const signedOut = { ...page, email: null, nav: [], may: () => false };
  const linkOf = { page: signedOut, email: person.email, token: "t" };
  return {
    people: peoplePage(list),
    "people-auditor": peoplePage({
      ...list,
      page: { ...page, may: (right) => right === "see people" },
      found: pageOf(everyone),
    }),
    "people-search-empty": peoplePage({ ...list, found: pageOf([]), search: "nobody@" }),
    person: personPage({ page, person, sessions: sampleSessions }),
    "person-program-admin": personPage({ page, person: programAdmin, sessions: sampleSessions.slice(1) }),
    "person-invited": personPage({ page, person: everyone[1] ?? person, sessions: [] }),
    "person-disabled": personPage({ page, person: everyone.at(-1) ?? person, sessions: [] }),
    "person-long": personPage({ page, person: everyone[0] ?? person, sessions: [] }),
    "person-invite": invitePage({ ...form, email: "", sendsEmail: false }),
    "person-invite-problems": invitePage({
      ...form,
      ...{ email: "maria", sendsEmail: true, proof: passwordProof, chosen: { roles: ["program_admin"], programs: [] } },
      programs: Array.from({ length: 40 }, (_, index) => programOf(`${programs[index % 4]} ${index + 1}`, index)),
      problems: {
        email: ["E-mail must be an address such as name@example.org."],
        programs: ["Choose at least one program for a program admin."],
        currentPassword: ["Incorrect password."],
      },
    }),
    "person-invited-link": invitedPage({ ...invited, sent: "sent" }),
    "person-invited-link-failed": invitedPage({ ...invited, sent: "failed: ECONNREFUSED" }),
    "person-roles": rolesPage({
      ...form,
      chosen: { roles: ["program_admin"], programs: ["program-2"] },
      person: everyone[0] ?? person,
    }),
    "person-disable": ask("disable"),
    "person-disable-quiet": ask("disable", { sessionCount: 0, keyCount: 0 }),
    "person-enable": ask("enable"),
    "person-end-sessions": ask("endSessions"),
    "person-reset-second-factor": ask("resetSecondFactor"),
    "person-new-invitation": ask("invite"),
    invitation: invitationPage({ ...linkOf, problems: {} }),
    "invitation-problems": invitationPage({
      ...linkOf,
      problems: { password: ["Password must have 15 characters or more."] },
    }),
    "sign-in-link": signInLinkPage(linkOf),
    "ended-link": endedLinkPage({ page: signedOut }),
  };
}

/** The pages about a person of whom everything is the same text. */
export function renderPeopleOf(page: PageContext, text: string): Record<string, string> {
  const roles = [role("program_admin", { program: { slug: text, name: text } })];
  const person = samplePerson({ email: text, roles });
  const list = { page, found: { ...pageOf([person]), next: { id: 1, value: text } }, order: byEmail, search: text };
  const form = {
    ...{ page, chosen: { roles: ["program_admin"], programs: [text] }, programs: [{ slug: text, name: text }] },
    ...{ problems: { email: [text], roles: [text], programs: [text] }, proof: passwordProof },
  };
  const session = { id: 1, startedAt: page.now, lastSeenAt: page.now, address: text, userAgent: text };
  return {
    people: peoplePage(list),
    "people as a fragment": peoplePage({ ...list, page: { ...page, isFragment: true } }),
    "no people": peoplePage({ ...list, found: pageOf([]) }),
    person: personPage({ page, person, sessions: [session] }),
    "invite a person": invitePage({ ...form, email: text, sendsEmail: true }),
    "change roles": rolesPage({ ...form, person }),
    "disable a person": personActionPage({ page, action: "disable", person, proof: passwordProof, problems: {} }),
    invited: invitedPage({ page, person, link: text, expiresAt: page.now, sent: `failed: ${text}` }),
    invitation: invitationPage({ page, email: text, token: text, problems: { password: [text] } }),
    "sign-in link": signInLinkPage({ page, email: text, token: text }),
  };
}

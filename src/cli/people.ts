/** `people list | invite | roles | disable | enable | reset-second-factor | sessions | link`. */
import { readBaseUrl } from "../config/variables.ts";
import { readChosenRoles, roleNames } from "../domain/access/people/chosen-roles.ts";
import { disablePerson, enablePerson } from "../domain/access/people/disable.ts";
import { endSessionsOf } from "../domain/access/people/end-sessions.ts";
import { resetSecondFactor } from "../domain/access/people/factors/reset.ts";
import { getPerson } from "../domain/access/people/find.ts";
import { sendInvitation } from "../domain/access/people/invitation-email.ts";
import { invitePerson } from "../domain/access/people/invite.ts";
import { spellLink } from "../domain/access/people/links.ts";
import {
  type DescribedPerson,
  type GivenRole,
  getDescribedPerson,
  listDescribedPeople,
} from "../domain/access/people/list.ts";
import { makeSignInLink } from "../domain/access/people/make-sign-in-link.ts";
import { listSessionsOf } from "../domain/access/people/sessions.ts";
import { setRoles } from "../domain/access/people/set-roles.ts";
import { createAlertChannels } from "../instance/alert-channels.ts";
import { readSessionPolicy } from "../instance/open.ts";
import { findInvalidFields } from "../lib/errors.ts";
import { type Command, type CommandContext, type CommandOption, firstArgument, listOption } from "./command.ts";
import { formatTable, formatTime } from "./table.ts";

const peopleReadAtOnce = 1_000_000;

const roleOptions: readonly CommandOption[] = [
  ["--role <role...>", `roles: ${roleNames.join(", ")}`, { isRequired: true, choices: roleNames }],
  ["--program <slug...>", "the programs of a program_admin"],
];

/** Commands about the people who sign in. */
export const peopleCommands: readonly Command[] = [
  {
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
  },
  {
    name: "people invite <email>",
    summary: "invite a person and print the link with which they set a password",
    example: "people invite lin@example.org --role program_admin --program utility-discount",
    answer: '{"email","link","expiresAt"}',
    options: roleOptions,
    async run(context, args, options) {
      const { connection, config, actor, now, zone, secretKey, printError } = context;
      const chosen = { roles: listOption(options, "role"), programs: listOption(options, "program") };
      const invitation = await invitePerson(connection.db, { email: firstArgument(args), chosen, actor, now });
      const link = spellLink(readBaseUrl(config), "invitation", invitation.token);
      const { email: channel } = createAlertChannels(config, secretKey);
      const sent = await sendInvitation(channel?.sender, { invitation, link, invitedBy: actor.name, zone });
      channel?.sender.close();
      if (sent.startsWith("failed")) printError(`The link could not be sent by e-mail (${sent}).\n`);
      const { email } = invitation.person;
      const end = sent === "sent" ? "\nIt was also sent by e-mail." : "";
      return describeLink(context, { email, link, expiresAt: invitation.expiresAt, end });
    },
  },
  {
    name: "people roles <email>",
    summary: "set the roles of a person; those that come with a group of their sign-on stay",
    example: "people roles lin@example.org --role auditor",
    answer: '{"email","roles"}',
    options: roleOptions,
    async run({ connection, config, actor, now }, args, options) {
      const chosen = { roles: listOption(options, "role"), programs: listOption(options, "program") };
      const { db } = connection;
      const { id, email } = await getPerson(db, { email: firstArgument(args) });
      const { roles, problems } = readChosenRoles(chosen);
      const invalid = findInvalidFields(problems);
      if (invalid !== undefined) throw invalid;
      await setRoles(db, { personId: id, roles, givenBy: "person", actor, now });
      const after = await getDescribedPerson(db, { actor, id, policy: readSessionPolicy(config), now });
      const json = { email, roles: spellRoles(after.roles) };
      return { json, text: `${email}: ${json.roles.join(", ")}` };
    },
  },
  {
    name: "people disable <email>",
    summary: "keep a person out: every session ends at once; keys they made go on working",
    example: "people disable lin@example.org",
    answer: '{"email","sessionsEnded"}',
    options: [],
    async run({ connection, actor, now }, args) {
      const json = await disablePerson(connection.db, { email: firstArgument(args), actor, now });
      return { json, text: `Disabled ${json.email} and ended ${json.sessionsEnded} session(s).` };
    },
  },
  {
    name: "people enable <email>",
    summary: "let a disabled person sign in again",
    example: "people enable lin@example.org",
    answer: '{"email"}',
    options: [],
    async run({ connection, actor, now }, args) {
      const json = await enablePerson(connection.db, { email: firstArgument(args), actor, now });
      return { json, text: `${json.email} can sign in again.` };
    },
  },
  {
    name: "people reset-second-factor <email>",
    summary: "remove a person's passkeys, authenticator app and recovery codes, and end their sessions",
    example: "people reset-second-factor lin@example.org",
    answer: '{"email"}',
    options: [],
    async run({ connection, actor, now }, args) {
      const person = await getPerson(connection.db, { email: firstArgument(args) });
      await resetSecondFactor(connection.db, { person, actor, now });
      return { json: { email: person.email }, text: `Reset the second factor of ${person.email}.` };
    },
  },
  {
    name: "people sessions <email>",
    summary: "list the sessions of a person, or end them",
    example: "people sessions lin@example.org --end",
    answer: '[{"startedAt","lastSeenAt","address","userAgent"}], or with --end {"email","ended"}',
    options: [["--end", "end all of them"]],
    run: listOrEndSessions,
  },
  {
    name: "people link <email>",
    summary: "make a one-time link that signs a person in, for when nothing else works",
    example: "people link ada@example.org",
    answer: '{"email","link","expiresAt"}',
    options: [],
    async run(context, args) {
      const { connection, config, actor, now } = context;
      const { email, token, expiresAt } = await makeSignInLink(connection.db, {
        email: firstArgument(args),
        actor,
        now,
      });
      const link = spellLink(readBaseUrl(config), "sign_in", token);
      return describeLink(context, { email, link, expiresAt });
    },
  },
];

function describeLink({ zone }: CommandContext, made: { email: string; link: string; expiresAt: Date; end?: string }) {
  const { email, link, expiresAt, end = "" } = made;
  const until = formatTime(expiresAt, zone);
  return {
    json: { email, link, expiresAt: expiresAt.toISOString() },
    text: `Give this link to ${email} only. It works once, until ${until}:\n${link}${end}`,
  };
}

async function listOrEndSessions(
  { connection, config, actor, now, zone }: CommandContext,
  args: readonly (string | string[])[],
  options: Readonly<Record<string, unknown>>,
) {
  const email = firstArgument(args);
  if (options.end === true) {
    const json = await endSessionsOf(connection.db, { email, actor, now });
    return { json, text: `Ended ${json.ended} session(s) of ${json.email}.` };
  }
  const policy = readSessionPolicy(config);
  const { id } = await getPerson(connection.db, { email });
  const sessions = await listSessionsOf(connection.db, { personId: id, policy, now });
  const rows = sessions.map(({ startedAt, lastSeenAt, address, userAgent }) => [
    formatTime(startedAt, zone),
    formatTime(lastSeenAt, zone),
    address ?? "unknown",
    userAgent ?? "unknown",
  ]);
  const json = sessions.map(({ id: _, ...session }) => session);
  return { json, text: formatTable(["SIGNED IN", "LAST SEEN", "ADDRESS", "BROWSER"], rows, "No sessions.") };
}

/** `admin`, `program_admin of utility-discount`; a role that was given twice is named once. */
function spellRoles(roles: readonly GivenRole[]): string[] {
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

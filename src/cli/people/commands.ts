/** `people invite | roles | disable | enable | reset-second-factor | link`; the other commands about people have their own files. */
import { readBaseUrl } from "../../config/variables.ts";
import { readChosenRoles, roleNames } from "../../domain/access/people/chosen-roles.ts";
import { disablePerson, enablePerson } from "../../domain/access/people/disable.ts";
import { resetSecondFactor } from "../../domain/access/people/factors/reset.ts";
import { getPerson } from "../../domain/access/people/find.ts";
import { spellRoles } from "../../domain/access/people/in-words.ts";
import { sendInvitation } from "../../domain/access/people/invitation-email.ts";
import { invitePerson } from "../../domain/access/people/invite.ts";
import { spellLink } from "../../domain/access/people/links.ts";
import { getDescribedPerson } from "../../domain/access/people/list.ts";
import { makeSignInLink } from "../../domain/access/people/make-sign-in-link.ts";
import { setRoles } from "../../domain/access/people/set-roles.ts";
import { createAlertChannels } from "../../instance/alert-channels.ts";
import { readSessionPolicy } from "../../instance/open.ts";
import { refuseInvalidFields } from "../../lib/errors.ts";
import { type Command, type CommandContext, type CommandOption, firstArgument, listOption } from "../command.ts";
import { formatTime } from "../table.ts";
import { listPeopleCommand } from "./list.ts";
import { personSessionsCommand } from "./sessions.ts";

const roleOptions: readonly CommandOption[] = [
  ["--role <role...>", `roles: ${roleNames.join(", ")}`, { isRequired: true, choices: roleNames }],
  ["--program <slug...>", "the programs of a program_admin"],
];

/** Commands about the people who sign in. */
export const peopleCommands: readonly Command[] = [
  listPeopleCommand,
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
      refuseInvalidFields(problems);
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
    async run({ connection, actor, now }, args) {
      const person = await getPerson(connection.db, { email: firstArgument(args) });
      await resetSecondFactor(connection.db, { person, actor, now });
      return { json: { email: person.email }, text: `Reset the second factor of ${person.email}.` };
    },
  },
  personSessionsCommand,
  {
    name: "people link <email>",
    summary: "make a one-time link that signs a person in, for when nothing else works",
    example: "people link ada@example.org",
    answer: '{"email","link","expiresAt"}',
    async run(context, args) {
      const { connection, config, actor, now } = context;
      const { token, ...made } = await makeSignInLink(connection.db, { email: firstArgument(args), actor, now });
      return describeLink(context, { ...made, link: spellLink(readBaseUrl(config), "sign_in", token) });
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

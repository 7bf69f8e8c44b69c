/** `people list`. */
import { describeInWords } from "../../domain/access/people/in-words.ts";
import { peopleListing } from "../../domain/access/people/list.ts";
import { readSessionPolicy } from "../../instance/open.ts";
import { readAll } from "../../lib/keyset.ts";
import type { Command } from "../command.ts";
import { formatTable, formatTime } from "../table.ts";

/** Lists everyone. */
export const listPeopleCommand: Command = {
  name: "people list",
  summary: "list everyone who can sign in, and who was invited or disabled",
  example: "people list",
  answer:
    '[{"email","state":"active|invited|disabled","roles","signInWith","secondFactor","lastSignedInAt","sessions","invitationExpiresAt"}]',
  async run({ connection, config, actor, now, zone }) {
    const policy = readSessionPolicy(config);
    const people = await readAll(peopleListing(connection.db, { actor, search: "", policy, now }));
    const headings = ["E-MAIL", "STATE", "ROLES", "SIGNS IN WITH", "SECOND FACTOR", "LAST SIGN-IN", "SESSIONS"];
    const described = people.map(describeInWords);
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

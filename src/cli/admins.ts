/** `admins create | list | set-password`. */
import { createAdmin, listAdmins, setPassword } from "../domain/admins.ts";
import { type Command, requireOption } from "./command.ts";

const passwordOption = [
  "--password-stdin",
  "read the password from the first line of standard input",
] as const;

/** The commands about admins. */
export const adminCommands: readonly Command[] = [
  {
    name: "admins create",
    summary: "make an admin, who signs in at /login",
    options: [["--email <e-mail>", "the admin's e-mail address"], passwordOption],
    async run(context, _args, options) {
      const { connection, actor, now } = context;
      const email = requireOption(options, "email");
      const password = await context.readPassword(options);
      const admin = await createAdmin(connection.db, { email, password, actor, now });
      return {
        json: { id: admin.id, email: admin.email },
        text: `Created the admin ${admin.email}.`,
      };
    },
  },
  {
    name: "admins list",
    summary: "list the admins",
    options: [],
    async run({ connection }) {
      const admins = await listAdmins(connection.db);
      return {
        json: admins,
        text: admins
          .map(({ email, createdAt }) => `${email}\t${createdAt.toISOString()}`)
          .join("\n"),
      };
    },
  },
  {
    name: "admins set-password",
    summary: "set an admin's password, and end the admin's sessions",
    options: [["--email <e-mail>", "the admin's e-mail address"], passwordOption],
    async run(context, _args, options) {
      const { connection, actor, now } = context;
      const email = requireOption(options, "email");
      const password = await context.readPassword(options);
      await setPassword(connection.db, { email, password, actor, now });
      return { json: { email }, text: `Set the password of ${email}.` };
    },
  },
];

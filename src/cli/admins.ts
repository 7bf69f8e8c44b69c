/** `admins create | list | set-password`. */
import { createAdmin } from "../domain/access/people/create.ts";
import { listAdmins } from "../domain/access/people/find.ts";
import { setPassword } from "../domain/access/people/set-password.ts";
import { type Command, type CommandOption, requireOption } from "./command.ts";
import { formatTable, formatTime } from "./table.ts";

const emailOption: CommandOption = ["--email <e-mail>", "the admin's e-mail address", { isRequired: true }];
const passwordOption: CommandOption = ["--password-stdin", "read the password from the first line of standard input"];

/** Commands about admins. */
export const adminCommands: readonly Command[] = [
  {
    name: "admins create",
    summary: "create an admin, who can then sign in at /login",
    example: "admins create --email ada@example.org",
    answer: '{"id","email"}',
    options: [emailOption, passwordOption],
    async run({ connection, actor, now, readPassword }, _args, options) {
      const email = requireOption(options, "email");
      const password = await readPassword(options);
      const admin = await createAdmin(connection.db, { email, password, actor, now });
      return { json: { id: admin.id, email: admin.email }, text: `Created the admin ${admin.email}.` };
    },
  },
  {
    name: "admins list",
    summary: "list the admins",
    example: "admins list",
    answer: '[{"id","email","createdAt"}]',
    async run({ connection, zone }) {
      const admins = await listAdmins(connection.db);
      const rows = admins.map(({ email, createdAt }) => [email, formatTime(createdAt, zone)]);
      const none = "No admins yet. Create one: bun run cli admins create --email E";
      return { json: admins, text: formatTable(["E-MAIL", "SINCE"], rows, none) };
    },
  },
  {
    name: "admins set-password",
    summary: "set an admin's password and end the admin's sessions",
    example: "admins set-password --email ada@example.org",
    answer: '{"email"}',
    options: [emailOption, passwordOption],
    async run({ connection, actor, now, readPassword }, _args, options) {
      const email = requireOption(options, "email");
      const password = await readPassword(options);
      await setPassword(connection.db, { email, password, actor, now });
      return { json: { email }, text: `Set the password of ${email}.` };
    },
  },
];

import { afterAll, beforeAll, expect, test } from "bun:test";
import { runCommand } from "../support/command.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeAdmin, makePerson, makeProgram, signIn } from "../support/factories.ts";
import { leakHunt } from "../support/leak-hunt.ts";
import { startMailServer, textOfMail } from "../support/receivers.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await makeProgram({ database });
  await makeAdmin({ database });
});
afterAll(() => database.close());

const cli = (args: readonly string[], env: Record<string, string> = {}) =>
  runCommand(database, ["people", ...args], { env: { BASE_URL: "https://keys.example.org", ...env } });
const invite = (email: string, more: string[] = [], env: Record<string, string> = {}) =>
  cli(["invite", email, "--role", "auditor", ...more], env);
/** The link that a command printed, whose token may be nowhere else. */
const linkOf = (json: unknown) => {
  const { link } = json as { link: string };
  leakHunt.expectNowhere("the token of a link", new URL(link).searchParams.get("token") ?? "");
  return link;
};
const failureOf = ({ exitCode, stdout, stderr }: Awaited<ReturnType<typeof cli>>) => [exitCode, stdout, stderr];
const list = async () => (await cli(["list", "--json"])).json() as Record<string, unknown>[];
const find = async (email: string) => (await list()).find((person) => person.email === email);

test("people invite prints a link of 24 hours once; a second time it is exit code 1", async () => {
  const before = Date.now();
  const invited = await cli([
    "invite",
    "Lin@Example.org",
    "--role",
    "program_admin",
    "--program",
    "snow-removal",
    "--json",
  ]);
  expect([invited.exitCode, invited.stderr]).toEqual([0, ""]);
  const { email, link, expiresAt, ...more } = invited.json() as Record<string, string>;
  expect([email, more]).toEqual(["lin@example.org", {}]);
  expect(link).toMatch(/^https:\/\/keys\.example\.org\/invitation\?token=[\w-]{43}$/);
  linkOf(invited.json());
  const hours = (Date.parse(expiresAt ?? "") - before) / 3_600_000;
  expect(hours).toBeWithin(23.9, 24.1);
  expect(await find("lin@example.org")).toEqual({
    email: "lin@example.org",
    state: "invited",
    roles: ["program_admin of snow-removal"],
    signInWith: [],
    secondFactor: [],
    lastSignedInAt: null,
    sessions: 0,
    invitationExpiresAt: expiresAt,
  });
  const again = await invite("lin@example.org");
  expect(failureOf(again)).toEqual([1, "", "lin@example.org was already invited.\n"]);
});

test("people invite without BASE_URL gives the address of this machine, and says in words what to do", async () => {
  const { stdout } = await invite("local@example.org", [], { BASE_URL: "", PORT: "9123" });
  expect(stdout).toMatch(
    /^Give this link to local@example\.org only\. It works once, until .*:\nhttp:\/\/localhost:9123\/invitation\?token=/,
  );
});

test("people invite sends the link by e-mail where SMTP is configured, and says when that fails", async () => {
  const mail = await startMailServer();
  const env = { SMTP_URL: mail.url, SUPPORT_EMAIL_ADDRESS: "keys@example.org" };
  const sent = await invite("mailed@example.org", ["--json"], env);
  expect([sent.exitCode, sent.stderr]).toEqual([0, ""]);
  const [message] = mail.mails;
  if (message === undefined) throw new Error("no mail arrived");
  expect(message.to).toEqual(["mailed@example.org"]);
  const text = textOfMail(message);
  expect(text).toContain(`\n${linkOf(sent.json())}\n`);
  expect(text).toContain("operator (CLI) invited you to CiviKey");
  mail.refuses = () => true;
  const failed = await invite("refused@example.org", ["--json"], env);
  await mail.close();
  expect(failed.exitCode).toBe(0);
  expect(failed.stderr).toContain("The link could not be sent by e-mail");
  linkOf(failed.json());
});

test("a wrong invitation is exit code 1 and invites nobody; a wrong role is exit code 2", async () => {
  const cases: [args: string[], exitCode: number, message: string][] = [
    [["x@example.org", "--role", "owner"], 2, "Allowed choices are admin, program_admin, auditor"],
    [["x@example.org"], 2, "required option '--role <role...>'"],
    [["x@example.org", "--role", "program_admin"], 1, "Choose at least one program for a program admin."],
    [["x@example.org", "--role", "program_admin", "--program", "nowhere"], 1, "Program not found for slug: nowhere"],
    [["not an address", "--role", "auditor"], 1, "E-mail must be an address"],
  ];
  for (const [args, exitCode, message] of cases) {
    const refused = await cli(["invite", ...args]);
    expect([refused.exitCode, refused.stdout]).toEqual([exitCode, ""]);
    expect(refused.stderr).toContain(message);
  }
  expect(await find("x@example.org")).toBeUndefined();
});

test("people roles sets the roles, and keeps an admin", async () => {
  await makePerson({ database }, { email: "eve@example.org", roles: [{ role: "auditor" }] });
  const roles = ["--role", "admin", "program_admin", "--program", "snow-removal"];
  const { stdout, json } = await cli(["roles", "eve@example.org", ...roles, "--json"]);
  expect([stdout === "", json()]).toEqual([
    false,
    { email: "eve@example.org", roles: ["admin", "program_admin of snow-removal"] },
  ]);
  expect((await cli(["roles", "eve@example.org", "--role", "auditor"])).stdout).toBe("eve@example.org: auditor\n");
  const last = await cli(["roles", "ada@example.org", "--role", "auditor"]);
  expect(failureOf(last)).toEqual([1, "", "This is the only active admin. Make someone else an admin first.\n"]);
});

test("people sessions lists and ends sessions; disable ends them too, and enable lets the person in again", async () => {
  const email = "bo@example.org";
  await makePerson({ database }, { email, roles: [{ role: "auditor" }] });
  const start = () => signIn({ database, now: new Date(), peer: "203.0.113.7" }, email);
  await start();
  const listed = (await cli(["sessions", email, "--json"])).json() as Record<string, unknown>[];
  expect(listed.map(({ address }) => address)).toEqual(["203.0.113.7"]);
  expect((await cli(["sessions", email])).stdout).toContain("203.0.113.7");
  expect((await cli(["sessions", email, "--end", "--json"])).json()).toEqual({ email, ended: 1 });
  expect((await cli(["sessions", email])).stdout).toBe("No sessions.\n");
  await start();
  expect((await cli(["disable", email, "--json"])).json()).toEqual({ email, sessionsEnded: 1 });
  expect(await find(email)).toMatchObject({ state: "disabled", sessions: 0 });
  expect(failureOf(await cli(["disable", email]))).toEqual([1, "", `${email} is already disabled.\n`]);
  expect((await cli(["link", email])).exitCode).toBe(1);
  expect((await cli(["enable", email])).stdout).toBe(`${email} can sign in again.\n`);
  expect((await find(email))?.state).toBe("active");
  const last = await cli(["disable", "ada@example.org"]);
  expect([last.exitCode, last.stderr]).toEqual([
    1,
    "This is the only active admin. Make someone else an admin first.\n",
  ]);
});

test("people link prints a link that signs in, and reset-second-factor takes every factor away", async () => {
  const { exitCode, json } = await cli(["link", "ada@example.org", "--json"]);
  expect(exitCode).toBe(0);
  expect(json()).toEqual({ email: "ada@example.org", link: expect.any(String), expiresAt: expect.any(String) });
  expect(linkOf(json())).toMatch(/^https:\/\/keys\.example\.org\/login\/link\?token=[\w-]{43}$/);
  const { client } = database;
  await client`
    insert into recovery_codes (admin_id, digest) select id, 'x' from admins where email = 'ada@example.org'`;
  const reset = await cli(["reset-second-factor", "ada@example.org", "--json"]);
  expect(reset.json()).toEqual({ email: "ada@example.org" });
  expect(await client`select 1 from recovery_codes`).toHaveLength(0);
});

test("every command says when there is no such person", async () => {
  for (const verb of ["disable", "enable", "reset-second-factor", "sessions", "link"]) {
    const message = "Nobody has the e-mail nobody@example.org.\n";
    expect(failureOf(await cli([verb, "Nobody@Example.org"]))).toEqual([1, "", message]);
  }
});

test("admins list has admins only", async () => {
  const { json } = await runCommand(database, ["admins", "list", "--json"]);
  expect((json() as { email: string }[]).map(({ email }) => email)).toEqual(["ada@example.org"]);
});

test("people list is a table for people to read", async () => {
  const { stdout } = await cli(["list"]);
  const [headings, ...rows] = stdout.split("\n");
  expect(headings).toMatch(/^E-MAIL +STATE +ROLES +SIGNS IN WITH +SECOND FACTOR +LAST SIGN-IN +SESSIONS$/);
  const ada = rows.find((row) => row.startsWith("ada@example.org"));
  expect(ada).toMatch(/^ada@example\.org +active +admin +password +none +never +0$/);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands, nouns } from "../../src/cli/commands.ts";
import { writeReference } from "../../src/cli/reference.ts";
import { formatTable, formatTime } from "../../src/cli/table.ts";
import { runCommand } from "../support/command.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";

/** Spec 6, "CLI", and what we added to it; options that the specification names. */
const promised: Readonly<Record<string, readonly string[]>> = {
  "admins create": ["--email", "--password-stdin"],
  "admins list": [],
  "admins set-password": ["--password-stdin"],
  "people list": [],
  "people invite": ["--role", "--program"],
  "people roles": ["--role", "--program"],
  "people disable": [],
  "people enable": [],
  "people reset-second-factor": [],
  "people sessions": ["--end"],
  "people link": [],
  "keys create": ["--name", "--expires", "--subnet", "--read", "--write"],
  "keys list": ["--state"],
  "keys retire": ["--file"],
  "keys rotate": ["--grace", "--expires"],
  "keys verify": ["--ip", "--program", "--permission"],
  "keys import-civiform": [],
  "programs import": ["--publish"],
  "programs list": [],
  "programs publish": [],
  "applications erase": ["--program", "--application", "--applicant", "--submitted-before", "--file", "--dry-run"],
  "programs keep": ["--days", "--forever"],
  "applications import": ["--program", "--skip-invalid", "--rejects"],
  "applications sync": ["--from", "--program", "--full"],
  "applications sync-status": [],
  "audit export": ["--since", "--until", "--csv"],
  "refusals list": ["--csv"],
  "database migrate": ["--url"],
  "database grants": [],
  "database status": [],
  "database backup": [],
  "demo seed": ["--applications"],
  "config check": [],
};

/** Nothing is there: what these commands refuse, they refuse before they open anything. */
const dataDir = join(tmpdir(), `civikey-none-${crypto.randomUUID()}`);
afterAll(() => {
  expect(existsSync(dataDir)).toBe(false);
  rmSync(dataDir, { recursive: true, force: true });
});
const nowhere = { DATABASE_URL: "", SECRET_KEY: "", CIVIFORM_API_SECRET_SALT: "" };
const cli = (...args: string[]) => runCommand({ target: "" }, args, { env: { ...nowhere, DATA_DIR: dataDir } });
const wordsOf = (name: string) => name.split(" ").slice(0, 2);
const verbs = commands.map(({ name }) => wordsOf(name).join(" "));

describe("the table of commands", () => {
  test("has every command of the specification, with its options", () => {
    for (const [name, options] of Object.entries(promised)) {
      const command = commands.find((one) => wordsOf(one.name).join(" ") === name);
      const flags = command && (command.options ?? []).map(([text]) => text.split(" ")[0]);
      expect([name, flags]).toEqual([name, expect.arrayContaining([...options])]);
    }
    expect(new Set(verbs).size).toBe(commands.length);
  });

  test("says of every noun what it is about", () => {
    expect(Object.keys(nouns).sort()).toEqual([...new Set(verbs.map((name) => name.split(" ")[0] ?? ""))].sort());
  });

  test("has for every command an example that calls it", () => {
    for (const { name, example, options = [] } of commands) {
      const [, call = example] = example.split("{cli} ");
      expect(wordsOf(call)).toEqual(wordsOf(name));
      const words = call.split(" ").filter((word) => word.startsWith("--"));
      const known = options.map(([flags]) => flags.split(" ")[0]);
      expect(known).toEqual(expect.arrayContaining(words));
      for (const [flags, , limits] of options) {
        if (limits?.isRequired) expect(words).toContain(flags.split(" ")[0] ?? "");
      }
    }
  });

  test("is what docs/cli.md says: bun run docs:cli writes it", async () => {
    const page = await Bun.file(join(import.meta.dir, "../../docs/cli.md")).text();
    expect(page).toBe(writeReference());
  });
});

describe("every command", () => {
  test.each(commands.map((command) => [wordsOf(command.name).join(" "), command] as const))(
    "%s explains itself, takes --json, and refuses an unknown option",
    async (name, { options = [] }) => {
      const words = name.split(" ");
      const required = options
        .filter(([, , limits]) => limits?.isRequired)
        .flatMap(([flags, , limits]) => [flags.split(" ")[0] ?? "", limits?.choices?.[0] ?? "x"]);
      const [help, unknown] = await Promise.all([
        cli(...words, "--help"),
        cli(...words, ...required, "--no-such-option", "--json"),
      ]);
      expect([help.exitCode, help.stderr]).toEqual([0, ""]);
      expect(help.stdout).toContain(`Usage: bun run cli ${name} `);
      expect(help.stdout).toContain("--json");
      expect(help.stdout).toMatch(new RegExp(`\nExample:\n.*bun run cli ${name}`));
      expect([unknown.exitCode, unknown.stdout]).toEqual([2, ""]);
      expect(JSON.parse(unknown.stderr)).toEqual({
        error: "usage",
        message: "unknown option '--no-such-option'",
      });
    },
  );
});

test("the program and its nouns explain themselves, with examples", async () => {
  for (const words of [[], ...Object.keys(nouns).map((noun) => [noun])]) {
    const { exitCode, stdout, stderr } = await cli(...words, "--help");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/\nExamples:\n.*bun run cli /);
  }
});

test("a wrong call is exit code 2, names what is wrong and how to get help", async () => {
  const wrong: [string[], string][] = [
    [[], "Usage: bun run cli"],
    [["keys"], "Usage: bun run cli keys"],
    [["kays"], "unknown command 'kays'"],
    [["keys", "lst"], "unknown command 'lst'"],
    [["keys", "retire"], "Name one key, or a file with --file."],
    [["programs", "publish"], "missing required argument 'slug'"],
    [["keys", "retire", "one", "two"], "too many arguments"],
    [["keys", "rotate", "x", "--expires", "2027-01-01", "--grace", "30d"], "Allowed choices are 0, 1h"],
    [["keys", "verify", "--ip", "203.0.113.7", "--permission", "read"], "choices are READ, WRITE"],
    [["keys", "list", "--state", "lost"], "Allowed choices are active, retired, expired"],
    [["keys", "create", "--name", "X"], "required option '--expires <YYYY-MM-DD>'"],
    [["keys", "create", "--name"], "argument missing"],
  ];
  for (const [args, message] of wrong) {
    const { exitCode, stdout, stderr } = await cli(...args);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toContain("--help");
  }
});

describe("config check", () => {
  const secret = "k3Jx0vQm8sVtYw2RzLhUeN5bGd7cFa9P";
  const check = (env: Record<string, string>, ...more: string[]) =>
    runCommand({ target: "" }, ["config", "check", ...more], { env: { ...nowhere, ...env } });

  test("prints what is in effect without any database, and no secret", async () => {
    const env = {
      DATABASE_URL: "postgres://civikey:hunter2@127.0.0.1:1/nowhere",
      SECRET_KEY: secret,
      CIVIFORM_API_SECRET_SALT: `${secret}salt`,
      PORT: "9123",
    };
    const people = await check(env);
    const { exitCode, stderr, stdout, json } = await check(env, "--json");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(json()).toMatchObject({
      ...{ PORT: "9123", BASE_URL: "http://localhost:9123", SECRET_KEY: "[secret]" },
      DATABASE_URL: "[secret]",
    });
    expect(people.stdout).toMatch(/^PORT +9123$/m);
    for (const text of [stdout, people.stdout]) expect(text).not.toMatch(/hunter2|k3Jx0vQm/);
  });

  test("points out a variable that is nearly ours, on standard error", async () => {
    const { exitCode, stderr, json } = await check({ DATABSE_URL: "x", SECRET_KEY_FIEL: "/x" }, "--json");
    expect([exitCode, json()]).toMatchObject([
      0,
      { PORT: "9000", embedded: expect.stringMatching(/^The embedded PostgreSQL is 18\.\d+, from /) },
    ]);
    expect(stderr).toContain("DATABSE_URL is not a variable of CiviKey. Did you mean DATABASE_URL?\n");
    expect(stderr).toContain("Did you mean SECRET_KEY_FILE?\n");
  });

  test("names every problem at once, with exit code 1", async () => {
    const { exitCode, stdout, stderr } = await check({ PORT: "x", SECRET_KEY: "short" }, "--json");
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(JSON.parse(stderr)).toMatchObject({
      error: "configuration",
      problems: [expect.stringMatching(/^PORT /), expect.stringMatching(/^SECRET_KEY /)],
    });
    expect(stderr).not.toContain("short,");
  });
});

describe("a failure", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  test("is a sentence, or with --json an object, on standard error; never a stack", async () => {
    const gone = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/nowhere" };
    const stdin = "short\n";
    const cases: [string[], Record<string, string>, string, string][] = [
      [["keys", "retire", "cvk_none"], {}, "not_found", "API key not found."],
      [["keys", "list"], gone, "unavailable", "PostgreSQL at 127.0.0.1:1 refuses connections."],
      [["programs", "import", "/"], {}, "not_found", "File not found: /"],
      [
        [...["keys", "create", "--name", "X", "--expires", "2020-01-01"], ...["--subnet", "203.0.113.7/33"]],
        {},
        "invalid",
        "",
      ],
      [["admins", "create", "--email", "ada@example.org", "--password-stdin"], {}, "invalid", ""],
    ];
    for (const [args, env, error, message] of cases) {
      const plain = await runCommand(database, args, { env, stdin });
      const { exitCode, stdout, stderr } = await runCommand(database, [...args, "--json"], { env, stdin });
      expect([exitCode, stdout, plain.exitCode, plain.stdout]).toEqual([1, "", 1, ""]);
      const failure: { error: string; message: string } = JSON.parse(stderr);
      expect(failure.error).toBe(error);
      expect(failure.message).toContain(message);
      expect(plain.stderr).toBe(`${failure.message}\n`);
      expect(stderr).not.toMatch(/\bat .*\.ts/);
    }
  });

  test("of the connection says which part of DATABASE_URL PostgreSQL refuses", async () => {
    const url = new URL("postgres://localhost/");
    const target = database.target;
    if (typeof target === "string") url.href = target;
    else {
      url.username = target.username;
      url.password = target.password;
      url.searchParams.set("host", target.host);
    }
    url.pathname = "/no_such_database";
    const { exitCode, stderr } = await runCommand({ target: url.href }, ["admins", "list"]);
    expect([exitCode, stderr]).toEqual([1, "DATABASE_URL: PostgreSQL has no such database.\n"]);
    url.password = "wrong";
    const refused = await runCommand({ target: url.href }, ["admins", "list"]);
    expect([refused.exitCode, refused.stderr]).toEqual([1, "DATABASE_URL: PostgreSQL rejects the user or password.\n"]);
  });
});

describe("text for people", () => {
  test("is in columns, whatever the width of its letters", () => {
    const rows = [
      ["a", "日本", "x"],
      ["long one", "b", "y\nz"],
    ];
    expect(formatTable(["ONE", "TWO", "THREE"], rows, "none")).toBe(
      ["ONE       TWO   THREE", "a         日本  x", "long one  b     y z"].join("\n"),
    );
    expect(formatTable(["ONE"], [], "There are none.")).toBe("There are none.");
  });

  test("has times in the instance's zone, summer and winter", () => {
    const zone = "America/Los_Angeles";
    expect(formatTime(new Date("2026-07-01T07:00:00Z"), zone)).toBe("2026-07-01 00:00 PDT");
    expect(formatTime(new Date("2026-12-01T08:00:59Z"), zone)).toBe("2026-12-01 00:00 PST");
    expect(formatTime(new Date("2026-12-01T08:00:00Z"), "UTC")).toBe("2026-12-01 08:00 UTC");
  });

  test("cannot steer the terminal, whatever a name says", async () => {
    const database = await openTestDatabase();
    await database.client`insert into admins (email, password_hash, created_at)
      values (${"a\u001b[31m\u001b]0;title\u0007\u009bx@example.org"}, 'x', now())`;
    await database.client`
      insert into admin_roles (admin_id, role, given_by) select id, 'admin', 'person' from admins`;
    const { stdout, json } = await runCommand(database, ["admins", "list"]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(stdout).toContain("example.org");
    expect(json).toThrow();
    await database.close();
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, UsageError } from "../../../src/cli/command.ts";
import { importCiviFormKeysCommand } from "../../../src/cli/keys/civiform-import.ts";
import { rotateApiKeyCommand } from "../../../src/cli/keys/rotate.ts";
import { verifyApiKeyCommand } from "../../../src/cli/keys/verify.ts";
import { addDays, localDate, startOfDay } from "../../../src/lib/time/times.ts";
import vectors from "../../fixtures/vectors/credentials.json" with { type: "json" };
import { startTestApp, type TestApp, zone } from "../../support/app.ts";
import { civiFormRow, toCsv } from "../../support/civiform-keys.ts";
import { createCommandContext, runCommand, saltText } from "../../support/command.ts";
import { makeKey, makeProgram } from "../../support/factories.ts";

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "food-vouchers" });
});
afterAll(() => app.close());

const cli = (args: readonly string[], options?: Parameters<typeof runCommand>[2]) =>
  runCommand(app.database, args, options);
const dayAfter = (days: number) => addDays(localDate(new Date(), zone), days);

interface Credentials {
  readonly keyId: string;
  readonly secret: string;
  readonly token: string;
}

const createKey = () =>
  makeKey(app, {
    keyName: "Export",
    expiration: dayAfter(30),
    renewUntil: dayAfter(90),
    subnet: "203.0.113.0/24, 198.51.100.0/24",
    grants: [
      { slug: "snow-removal", permission: "READ" },
      { slug: "snow-removal", permission: "WRITE" },
      { slug: "food-vouchers", permission: "READ" },
    ],
    now: new Date(),
  });

async function check(token: string): Promise<number> {
  app.now = new Date();
  return (await app.call("/api/v1/checkAuth", token)).status;
}

describe("keys rotate", () => {
  test("prints the successor's credentials once, and lets the old key work for the grace", async () => {
    const old = await createKey();
    const rotated = await cli([
      ...["keys", "rotate", old.keyId, "--grace", "24h", "--expires", dayAfter(90), "--json"],
    ]);
    expect([rotated.exitCode, rotated.stderr]).toEqual([0, ""]);
    const successor = rotated.json() as Credentials;
    expect(rotated.json()).toMatchObject({
      name: "Export",
      keyId: expect.stringMatching(/^cvk_/),
      secret: expect.stringMatching(/^cvs_/),
      predecessor: { keyId: old.keyId, expiration: expect.any(String) },
    });
    expect([await check(old.token), await check(successor.token)]).toEqual([200, 200]);
    const again = await cli([...["keys", "rotate", old.keyId, "--grace", "24h", "--expires", dayAfter(90)]]);
    expect([again.exitCode, again.stdout]).toEqual([1, ""]);
    expect(again.stderr).toBe("The API key Export has already been rotated.\n");
    const listed = await cli(["keys", "list", "--json"]);
    expect(listed.stdout).toContain(successor.keyId);
    expect(listed.stdout).not.toContain(successor.secret);
  });

  test("without grace ends the old key at once, and says so", async () => {
    const old = await createKey();
    const { stdout } = await cli([...["keys", "rotate", old.keyId, "--grace", "0", "--expires", dayAfter(90)]]);
    expect(stdout).toContain(`The old key ${old.keyId} has expired.`);
    expect(await check(old.token)).toBe(401);
  });

  test("exits 2 on a usage error, and 1 when the form is invalid", async () => {
    const { keyId } = await createKey();
    const rotate = (...options: string[]) => cli(["keys", "rotate", keyId, ...options]);
    const wrong = await rotate("--grace", "30d", "--expires", dayAfter(90));
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("Allowed choices are 0, 1h, 24h, 7d.");
    const past = await rotate("--grace", "0", "--expires", dayAfter(-1));
    expect([past.exitCode, past.stderr]).toEqual([1, "Expiration must be in the future.\n"]);
  });
});

describe("--questions", () => {
  const create = (...options: string[]) =>
    cli([
      ...["keys", "create", "--name", "Some", "--expires", dayAfter(30), "--subnet", "203.0.113.7/32", "--json"],
      ...["--read", "snow-removal", ...options],
    ]);

  test("chooses what a key sees, one choice a program, and narrowing hides more, never less", async () => {
    const notes = ["--questions", "snow-removal:only=applicant_name,application_note"];
    const others = ["--read", "food-vouchers", "--questions", "food-vouchers:except=trusted_intermediary"];
    const { keyId } = (await create(...notes, ...others)).json() as Credentials;
    const narrow = (choice: string, ...options: string[]) =>
      cli(["keys", "narrow", keyId, "--questions", choice, ...options]);
    const except = { slug: "food-vouchers", questions: { mode: "except", keys: ["trusted_intermediary"] } };
    const only = (...keys: string[]) => ({ slug: "snow-removal", questions: { mode: "only", keys } });
    const listed = (await cli(["keys", "list", "--json"])).json() as { keyId: string; grants: unknown }[];
    const { grants } = listed.find((each) => each.keyId === keyId) ?? {};
    expect(grants).toMatchObject([except, only("applicant_name", "application_note")]);
    const narrowed = await narrow("snow-removal:only=applicant_name", "--json");
    expect(narrowed.json()).toMatchObject({ grants: [except, only("applicant_name")] });
    const widened = await narrow("snow-removal:all");
    const wider = "The key does not see all of these questions of snow-removal. Create a new key for them.\n";
    expect([widened.exitCode, widened.stdout, widened.stderr]).toEqual([1, "", wider]);
    const fewest = await narrow("food-vouchers:only=applicant_name");
    expect(fewest.stdout).toContain(
      "READ food-vouchers (only applicant_name), READ snow-removal (only applicant_name) from",
    );
  });

  test.each([
    [2, "A choice of questions is such as childcare:only=income, not snow-removal.", ["snow-removal"]],
    [2, "A choice of questions is such as childcare:only=income, not snow-removal:some=x.", ["snow-removal:some=x"]],
    [2, "Choose the questions of snow-removal once.", ["snow-removal:all", "snow-removal:only=applicant_name"]],
    [1, "You must select at least one question of snow-removal.", ["snow-removal:only="]],
    [1, "No published version of snow-removal has a question shoe_size.", ["snow-removal:except=shoe_size"]],
    [1, "To choose questions of nowhere, let the key read nowhere.", ["nowhere:only=applicant_name"]],
    [1, "To choose questions of food-vouchers, let the key read food-vouchers.", ["food-vouchers:only=applicant_name"]],
  ])("exits %d: %s", async (exitCode, message, choices) => {
    const refused = await create(...choices.flatMap((choice) => ["--questions", choice]));
    expect([refused.exitCode, refused.stdout]).toEqual([exitCode, ""]);
    expect(refused.stderr).toContain(message);
  });
});

describe("keys narrow", () => {
  test("takes away what the options leave out, and leaves what they do not name", async () => {
    const { keyId, token } = await createKey();
    const narrowed = await cli([
      ...["keys", "narrow", keyId, "--json", "--subnet", "203.0.113.0/25"],
      ...["--read", "snow-removal", "--note", "Smaller", "--renew-until", dayAfter(60)],
    ]);
    expect(narrowed.json()).toMatchObject({
      name: "Export",
      note: "Smaller",
      renewUntil: startOfDay(dayAfter(60), zone)?.toISOString(),
      subnets: ["203.0.113.0/25"],
      grants: [{ slug: "snow-removal", permission: "READ" }],
    });
    const ended = await cli(["keys", "narrow", keyId, "--json", "--renew-until", "never"]);
    expect(ended.json()).toMatchObject({ renewUntil: null });
    expect(await check(token)).toBe(200);
    app.peer = "198.51.100.1";
    expect(await check(token)).toBe(401);
    app.peer = "203.0.113.7";
  });

  test("never widens", async () => {
    const { keyId } = await createKey();
    const widened = await cli(["keys", "narrow", keyId, "--subnet", "203.0.112.0/23"]);
    expect(widened.exitCode).toBe(1);
    expect(widened.stderr).toContain("Subnet 203.0.112.0/23 cannot be added.");
  });
});

describe("keys verify", () => {
  const rulesOf = (held: number) =>
    [
      "missing_credentials",
      "malformed_credentials",
      "unknown_key",
      "wrong_secret",
      "retired",
      "expired",
      "outside_subnet",
      "no_grant",
    ].map((rule, index) => ({ rule, ok: index < held }));

  test("allows what the API allows, says so rule by rule, and counts no call", async () => {
    const { token, keyId } = await createKey();
    const allowed = await cli(["keys", "verify", "--json", "--ip", "203.0.113.7", "--program", "snow-removal"], {
      stdin: `${token}\n`,
    });
    expect(allowed.exitCode).toBe(0);
    expect(allowed.json()).toEqual({ allowed: true, reason: null, rules: rulesOf(8) });
    const [row] = await app.database.client`
      select count(*)::int as n from api_key_usage u join api_keys k on k.id = u.api_key_id
      where k.key_id = ${keyId}`;
    expect(row?.n).toBe(0);
  });

  test("exits 1 with the first rule that does not hold", async () => {
    const { token } = await createKey();
    const outside = await cli(["keys", "verify", "--json", "--ip", "192.0.2.1"], { stdin: token });
    expect(outside.exitCode).toBe(1);
    expect(outside.json()).toEqual({
      allowed: false,
      reason: "outside_subnet",
      rules: rulesOf(8).map((rule) => ({ ...rule, ok: rule.rule !== "outside_subnet" })),
    });
    const unknown = await cli(["keys", "verify", "--json", "--ip", "203.0.113.7"], {
      stdin: btoa("cvk_unknown:secret"),
    });
    expect(unknown.json()).toEqual({ allowed: false, reason: "unknown_key", rules: rulesOf(2) });
    const readable = await cli(
      [...["keys", "verify", "--ip", "203.0.113.7"], ...["--program", "food-vouchers", "--permission", "WRITE"]],
      { stdin: token },
    );
    expect(readable.stdout).toContain("Refused: no_grant.");
    expect(readable.stdout).toContain("no   it has the permission on the program");
    expect(readable.stdout).not.toContain(token);
  });

  test("without a token on standard input is a call without credentials", async () => {
    const missing = await cli(["keys", "verify", "--json", "--ip", "203.0.113.7"]);
    expect(missing.json()).toEqual({
      allowed: false,
      reason: "missing_credentials",
      rules: rulesOf(0),
    });
  });
});

describe("keys import-civiform", () => {
  const path = join(tmpdir(), `civikey-test-${crypto.randomUUID()}.csv`);
  afterAll(() => rm(path, { force: true }));
  const oldSalt = vectors.vectors[1];
  const currentSalt = "a newer salt 0123456789 abcdefgh";
  if (oldSalt === undefined) throw new Error("the vectors are missing");
  const row = civiFormRow({ key_id: oldSalt.keyId, salted_key_secret: oldSalt.stored });
  const env = {
    CIVIFORM_API_SECRET_SALT: currentSalt,
    CIVIFORM_API_SECRET_SALTS_OLD: `${saltText},${oldSalt.salt}`,
  };

  test("takes keys over under an old salt by its number, and twice is as good as once", async () => {
    await Bun.write(path, toCsv([row]));
    const args = ["keys", "import-civiform", path, "--json", "--salt", "2"];
    const counts = { read: 1, updated: 0, rejected: 0, problems: [], warnings: [] };
    expect((await cli(args, { env })).json()).toEqual({ ...counts, inserted: 1, unchanged: 0 });
    expect((await cli(args, { env })).json()).toEqual({ ...counts, inserted: 0, unchanged: 1 });
    const verified = await cli(["keys", "verify", "--ip", "203.0.113.7"], {
      env,
      stdin: oldSalt.token,
    });
    expect([verified.exitCode, verified.stdout.split("\n")[0]]).toEqual([0, "Allowed."]);
    const old = await cli(["keys", "list", "--under-old-salt"], { env });
    expect(old.stdout).toContain(oldSalt.keyId);
  });

  test("exits 1 and names every key that cannot be taken over", async () => {
    await Bun.write(path, toCsv([civiFormRow({ key_id: "x", subnet: "office" }), row]));
    const failed = await cli(["keys", "import-civiform", path], { env });
    expect([failed.exitCode, failed.stdout]).toEqual([1, ""]);
    expect(failed.stderr).toContain("Row 1: subnet is not in CIDR notation: office");
    const partly = await cli(["keys", "import-civiform", path, "--salt", "2", "--skip-invalid"], {
      env,
    });
    expect(partly.exitCode).toBe(0);
    expect(partly.stdout).toStartWith("2 read, 0 inserted, 0 updated, 1 unchanged, 1 rejected.\n  - Row 1: ");
  });

  test("exits 1 without the file", async () => {
    const missing = await cli(["keys", "import-civiform", `${path}.none`], { env });
    expect([missing.exitCode, missing.stderr]).toEqual([1, `File not found: ${path}.none\n`]);
  });
});

/** Called wrongly, a command stops before it looks at the database. */
const wrongUses: readonly [Command, options: Record<string, unknown>][] = [
  [verifyApiKeyCommand, {}],
  [verifyApiKeyCommand, { ip: "203.0.113.0/24" }],
  [verifyApiKeyCommand, { ip: "203.0.113.7", permission: "READ" }],
  [rotateApiKeyCommand, { expires: "2027-01-01" }],
  [rotateApiKeyCommand, { grace: "24h" }],
  [importCiviFormKeysCommand, { salt: "0" }],
  [importCiviFormKeysCommand, { salt: "1" }],
  [importCiviFormKeysCommand, { salt: "old" }],
];
for (const [command, options] of wrongUses) {
  test(`${command.name} cannot be called with ${JSON.stringify(options)}`, async () => {
    const used = command.run(createCommandContext(app.database), [import.meta.path], options);
    await expect(used).rejects.toBeInstanceOf(UsageError);
  });
}

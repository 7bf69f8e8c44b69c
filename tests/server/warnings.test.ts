import { expect, test } from "bun:test";
import { readConfig } from "../../src/config/variables.ts";
import { createSaltRing } from "../../src/domain/access/credentials.ts";
import { createLog } from "../../src/log.ts";
import { warnAtStart } from "../../src/server/warnings.ts";
import { salts, startTestApp } from "../support/app.ts";
import { makeLocalKey, makeProgram } from "../support/factories.ts";

test("a start warns of a missing salt, a misspelled variable, and a proxy that nobody asks for addresses", async () => {
  const app = await startTestApp();
  await makeProgram(app);
  await makeLocalKey(app);
  // A test's database has one role for everything.
  const owned = expect.objectContaining({ msg: expect.stringContaining("the server's role owns its tables") });
  const warningsOf = async (environment: Record<string, string>, ring = salts) => {
    const lines: string[] = [];
    const log = createLog({ level: "warn", format: "json", destination: { write: (line) => lines.push(line) } });
    await warnAtStart({ config: readConfig(environment), connection: app.database, salts: ring }, log, environment);
    return lines.map((line) => JSON.parse(line));
  };
  const https = { BASE_URL: "https://keys.example.org" };
  expect(await warningsOf({ ...https, CLIENT_IP_TYPE: "FORWARDED" })).toEqual([owned]);
  expect(
    await warningsOf({ ...https, SMPT_URL: "x" }, createSaltRing("another salt 0123456789 abcdefgh", [])),
  ).toMatchObject([
    { level: "warn", variable: "SMPT_URL", meant: "SMTP_URL" },
    { msg: expect.stringContaining("CLIENT_IP_TYPE is DIRECT") },
    owned,
    { msg: expect.stringContaining("`keys list --under-old-salt`"), keys: 1 },
  ]);
  await app.close();
  await app.database.close();
});

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { rotateApiKey } from "../../src/domain/access/keys/rotate.ts";
import { noon, salts, startTestApp, type TestApp, zone } from "../support/app.ts";
import { actor, applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
});
afterAll(() => app.close());

async function rotate(id: number): Promise<number> {
  const { successor } = await rotateApiKey(app.database.db, {
    ...{ id, form: { expiration: "2026-02-14", grace: "24h" }, salts, actor, now: noon },
    rules: { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true },
  });
  return successor.id;
}

test("what was stored under any key of a rotation becomes the first key's, once, and nothing else's", async () => {
  const { client } = app.database;
  const first = (await makeKey(app)).apiKey.id;
  const other = (await makeKey(app)).apiKey.id;
  const second = await rotate(first);
  const third = await rotate(second);
  await importRecords(app, [applicationRecord(1)]);
  const stored = [
    ...[
      [first, "a"],
      [second, "a"],
      [third, "a"],
      [second, "b"],
      [third, "b"],
    ],
    ...[
      [third, "c"],
      [other, "a"],
    ],
  ] as [number, string][];
  for (const [minute, [key, text]] of stored.entries()) {
    await client`insert into idempotent_submissions
      (api_key_id, program_id, idempotency_key, body_digest, application_id, answer, created_at)
      select ${key}, program_id, ${text}, '', 1, ${`${key} ${text}`}, now() + ${minute} * interval '1 minute'
      from applications`;
  }
  const file = Bun.file(join(import.meta.dir, "../../src/db/migrations/0009_retries_of_key_families.sql"));
  for (const statement of (await file.text()).split("--> statement-breakpoint")) await client.unsafe(statement);
  const kept = await client`select api_key_id, idempotency_key, answer from idempotent_submissions`;
  expect(kept.map((row) => [Number(row.api_key_id), row.idempotency_key, row.answer]).sort()).toEqual(
    [
      [first, "a", `${first} a`],
      [first, "b", `${second} b`],
      [first, "c", `${third} c`],
      [other, "a", `${other} a`],
    ].sort(),
  );
});

import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type DatabaseLine, openDatabaseLine } from "../support/database-line.ts";
import { makeAdmin, makeLocalKey, makeProgram } from "../support/factories.ts";
import { type ServerInProcess, startServerInProcess } from "../support/server-in-process.ts";

let home: TestApp;
let line: DatabaseLine;
let server: ServerInProcess;
let token: string;

beforeAll(async () => {
  home = await startTestApp();
  await makeAdmin(home);
  await makeProgram(home);
  const key = await makeLocalKey(home, { permission: "WRITE" });
  token = key.token;
  line = await openDatabaseLine(home.database.target);
  server = await startServerInProcess(line.url);
});
afterAll(async () => {
  await server.stop();
  await line.close();
  await home.close();
});

/** Tries until it is 201, as a careful client does; what the tries were answered, and the id. */
async function submitUntilKept(number: number) {
  const statuses: number[] = [];
  for (;;) {
    const response = await server.call("/api/v1/admin/programs/snow-removal/applications", token, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": `no-${number}` },
      body: JSON.stringify({ applicant_id: number % 40, language: "en", application: {} }),
    });
    statuses.push(response.status);
    const body = (await response.json()) as { application_id?: number };
    if (response.status === 201) return { statuses, id: String(body.application_id) };
    if (statuses.length > 500) throw new Error("It never came back.");
    await Bun.sleep(20);
  }
}

test("when the database goes away, nothing answered with 201 is lost, and retries duplicate nothing", async () => {
  const total = 120;
  const numbers = Array.from({ length: total }, (_, index) => index).values();
  const results: Awaited<ReturnType<typeof submitUntilKept>>[] = [];
  const clients = Array.from({ length: 8 }, async () => {
    for (const number of numbers) results.push(await submitUntilKept(number));
  });
  for (let round = 0; round < 3; round += 1) {
    const before = results.length;
    while (results.length < Math.min(total, before + 15)) await Bun.sleep(5);
    await line.cut();
    await Bun.sleep(100);
    await line.restore();
  }
  await Promise.all(clients);
  const statuses = new Set(results.flatMap((result) => result.statuses));
  expect([...statuses].toSorted()).toEqual([201, 503]);
  const rows = await home.database.client<{ id: string; state: string; applicant: string }[]>`
    select application_id::text as id, revision_state as state, applicant_id::text as applicant
    from applications`;
  expect(rows.map(({ id }) => id).toSorted()).toEqual(results.map(({ id }) => id).toSorted());
  const current = rows.filter(({ state }) => state === "CURRENT");
  expect(new Set(current.map(({ applicant }) => applicant)).size).toBe(40);
  expect(current).toHaveLength(40);
});

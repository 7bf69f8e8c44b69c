import { afterAll, beforeAll, expect, test } from "bun:test";
import { rotateApiKey } from "../../src/domain/access/keys/rotate.ts";
import { noon, salts, startTestApp, type TestApp, zone } from "../support/app.ts";
import { actor, makeKey, makeProgram } from "../support/factories.ts";
import { submit } from "../support/submission-samples.ts";

const bytesPerDay = 4_000;
const slug = "snow-removal";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ writeBytesPerDay: bytesPerDay });
  await makeProgram(app);
});
afterAll(() => app.close());

let applicant = 0;
const makeWriter = async () => (await makeKey(app, { permission: "WRITE" })).token;
const rotate = (keyId: string) =>
  rotateApiKey(app.database.db, {
    keyId,
    form: { expiration: "2026-02-14", grace: "1h" },
    rules: { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true },
    ...{ salts, actor, now: noon },
  });
const send = (token: string, length: number, headers: Record<string, string> = {}) => {
  applicant += 1;
  const application = { applicant_name: { question_type: "TEXT", text: "x".repeat(length) } };
  const body = { applicant_id: applicant, language: "en-US", application };
  return submit(app, token, body, { slug, headers });
};
const setStatus = (token: string, id: number, note: string) =>
  app.call(`/api/v1/admin/programs/${slug}/applications/${id}/status`, token, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ status: "In review", note }),
  });
async function countRows(): Promise<unknown> {
  const [row] = await app.database.client`
    select (select count(*) from applications) as applications, (select count(*) from status_changes) as changes,
      (select count(*) from applications where revision_state = 'OBSOLETE') as obsolete`;
  return row;
}

async function expectRefusal(refused: Response, left: number | undefined = undefined): Promise<void> {
  expect(refused.status).toBe(429);
  const seconds = Number(refused.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(86_400);
  const { detail } = (await refused.json()) as { detail: string };
  const [, wanted, said] =
    /^This would store (\d+) bytes\. Until midnight UTC, this key may store (\d+) more \(4000 a day\)\.$/.exec(
      detail,
    ) ?? [];
  expect(Number(wanted)).toBeGreaterThan(Number(said));
  if (left !== undefined) expect(Number(said)).toBe(left);
}

test("a key over its daily quota gets 429 for submissions and statuses, and stores nothing", async () => {
  const writer = await makeWriter();
  const first = await send(writer, 2_000);
  const text = await first.text();
  const { application_id: id } = JSON.parse(text);
  expect(first.status).toBe(201);
  const left = bytesPerDay - text.length;
  const before = await countRows();
  await expectRefusal(await send(writer, 2_000), left);
  await expectRefusal(await setStatus(writer, id, "n".repeat(3_000)), left);
  expect(await countRows()).toEqual(before);
  // What still fits is stored, and another key has a quota of its own.
  expect((await setStatus(writer, id, "short")).status).toBe(200);
  expect((await send(await makeWriter(), 2_000)).status).toBe(201);
});

test("keys that replace one another by rotation share a quota", async () => {
  const first = await makeKey(app, { permission: "WRITE" });
  const second = await rotate(first.keyId);
  const third = await rotate(second.successor.keyId);
  const tokens = [first.token, second.credentials.token.reveal(), third.credentials.token.reveal()];
  expect((await send(tokens[1] ?? "", 1_200)).status).toBe(201);
  expect((await send(tokens[0] ?? "", 1_200)).status).toBe(201);
  for (const token of tokens) await expectRefusal(await send(token, 1_200));
});

test("a submission larger than the quota is refused", async () => {
  await expectRefusal(await send(await makeWriter(), bytesPerDay), bytesPerDay);
});

test("a status that changes nothing adds to the history, and counts", async () => {
  const writer = await makeWriter();
  const { application_id: id } = (await (await send(writer, 10)).json()) as { application_id: number };
  const other = await makeWriter();
  const statuses: number[] = [];
  for (let call = 0; call < 30; call += 1) statuses.push((await setStatus(other, id, "n")).status);
  const stored = statuses.filter((status) => status === 200).length;
  expect(stored).toBeGreaterThan(10);
  expect(stored).toBeLessThan(20);
  expect(statuses).toEqual([...Array(stored).fill(200), ...Array(30 - stored).fill(429)]);
});

test("the answer kept for retries counts too", async () => {
  const writer = await makeWriter();
  await expectRefusal(await send(writer, 2_000, { "idempotency-key": "kept" }), bytesPerDay);
  expect((await send(writer, 2_000)).status).toBe(201);
});

test("a refused submission writes nothing, not even in a transaction that is rolled back", async () => {
  const writer = await makeWriter();
  const body = (length: number) => ({
    ...{ applicant_id: 80_000, language: "en-US" },
    application: { applicant_name: { question_type: "TEXT", text: "x".repeat(length) } },
  });
  await submit(app, writer, body(10), { slug });
  await expectRefusal(await submit(app, writer, body(5_000), { slug }));
  const rows = await app.database.client`
    select xmax::text as touched_by from applications where applicant_id = 80000`;
  expect(rows.map(({ touched_by }) => touched_by)).toEqual(["0"]);
});

test("a retry with its Idempotency-Key is answered without counting again", async () => {
  const writer = await makeWriter();
  const body = {
    ...{ applicant_id: 90_000, language: "en-US" },
    application: { applicant_name: { question_type: "TEXT", text: "x".repeat(1_200) } },
  };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const answer = await submit(app, writer, body, {
      slug,
      headers: { "idempotency-key": "again" },
    });
    expect(answer.status).toBe(201);
  }
});

test("many simultaneous submissions are stored only as far as the quota allows", async () => {
  const writer = await makeWriter();
  const answers = await Promise.all(Array.from({ length: 12 }, () => send(writer, 800)));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([201, 201, 201, ...Array(9).fill(429)]);
});

test("the quota starts again the next day, by PostgreSQL's clock", async () => {
  const writer = await makeWriter();
  expect((await send(writer, 2_000)).status).toBe(201);
  await expectRefusal(await send(writer, 2_000));
  await app.database.client`update key_writes set day = day - 1`;
  expect((await send(writer, 2_000)).status).toBe(201);
  await expectRefusal(await send(writer, 2_000));
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { rotateApiKey } from "../../src/domain/access/keys/rotate.ts";
import { importProgram } from "../../src/domain/programs/import.ts";
import { noon, salts, startTestApp, type TestApp, zone } from "../support/app.ts";
import {
  actor,
  applicationRecord,
  importRecords,
  makeAdmin,
  makeKey,
  makeProgram,
  signIn,
} from "../support/factories.ts";
import { leakHunt } from "../support/leak-hunt.ts";
import { sampleExport, sampleSlug, submit } from "../support/submission-samples.ts";

let app: TestApp;
let writer: string;
let reader: string;
const path = `/api/v1/admin/programs/${sampleSlug}/applications`;

beforeAll(async () => {
  app = await startTestApp();
  await importProgram(app.database.db, { text: sampleExport, publish: true, actor, now: noon });
  writer = (await makeKey(app, { slug: sampleSlug, permission: "WRITE" })).token;
  reader = (await makeKey(app, { slug: sampleSlug })).token;
});
afterAll(() => app.close());

let applicant = 0;
beforeEach(() => {
  applicant += 1;
  app.now = noon;
});

const bodyOf = (text: string, applicantId = applicant) => ({
  applicant_id: applicantId,
  language: "en-US",
  application: { comments: { question_type: "TEXT", text } },
});

interface Listed {
  readonly application_id: number;
  readonly applicant_id: number;
  readonly revision_state: string;
}

/** The applications of the test's applicant, ids descending. */
async function ownApplications(): Promise<Listed[]> {
  const response = await app.call(path, reader);
  const { payload } = (await response.json()) as { payload: Listed[] };
  return payload.filter(({ applicant_id: id }) => id === applicant);
}

const statesOf = (list: readonly Listed[]) => list.map(({ revision_state: state }) => state);

describe("a newer submission", () => {
  test("makes the applicant's earlier ones obsolete, even imported ones, and nobody else's", async () => {
    const record = (id: number, more: object) =>
      applicationRecord(id, { program_name: sampleSlug, application: {}, ...more });
    await importRecords(
      app,
      [
        record(1, { applicant_id: applicant }),
        record(2, { applicant_id: applicant }),
        record(3, { applicant_id: 999_999 }),
      ],
      sampleSlug,
    );
    await submit(app, writer, bodyOf("first"));
    await submit(app, writer, bodyOf("second"));
    expect(statesOf(await ownApplications())).toEqual(["CURRENT", "OBSOLETE", "OBSOLETE", "OBSOLETE"]);
    const other = await app.call(`${path}/3`, reader);
    expect(await other.json()).toMatchObject({ revision_state: "CURRENT" });
  });

  test("leaves exactly one current application, however many arrive at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => submit(app, writer, bodyOf(`no. ${index}`))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const states = statesOf(await ownApplications());
    expect(states).toHaveLength(30);
    expect(states[0]).toBe("CURRENT");
    expect(states.filter((state) => state === "CURRENT")).toHaveLength(1);
  });

  test("with problems changes nothing", async () => {
    await submit(app, writer, bodyOf("kept"));
    const wrong = { ...bodyOf("x"), application: { comments: { question_type: "NAME" } } };
    expect((await submit(app, writer, wrong)).status).toBe(422);
    expect(statesOf(await ownApplications())).toEqual(["CURRENT"]);
  });
});

describe("an Idempotency-Key", () => {
  const withKey = (key: string) => ({ headers: { "idempotency-key": key } });

  test("gives a retry the first answer, and stores nothing twice", async () => {
    const first = await submit(app, writer, bodyOf("once"), withKey('"a-key"'));
    app.now = new Date(noon.getTime() + 3_600_000);
    await submit(app, writer, bodyOf("a newer one"));
    const again = await submit(app, writer, bodyOf("once"), withKey('"a-key"'));
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect(await again.text()).toBe(await first.text());
    expect(statesOf(await ownApplications())).toEqual(["CURRENT", "OBSOLETE"]);
  });

  test("accepts the same body with other whitespace, and refuses another body with 422", async () => {
    const body = bodyOf("once");
    await submit(app, writer, body, withKey("blanks"));
    const spaced = await submit(app, writer, JSON.stringify(body, null, 2), withKey("blanks"));
    expect(spaced.status).toBe(201);
    for (const other of [bodyOf("twice"), bodyOf("once", 123_456)]) {
      const response = await submit(app, writer, other, withKey("blanks"));
      expect(await response.json()).toMatchObject({
        status: 422,
        detail: "This Idempotency-Key was sent with another body before.",
      });
    }
    expect(await ownApplications()).toHaveLength(1);
  });

  test("belongs to one key and one program: the same text means nothing to another key", async () => {
    const other = await makeKey(app, { slug: sampleSlug, permission: "WRITE" });
    await submit(app, writer, bodyOf("mine"), withKey("shared"));
    const response = await submit(app, other.token, bodyOf("theirs"), withKey("shared"));
    expect(response.status).toBe(201);
    expect(await ownApplications()).toHaveLength(2);
  });

  test("can be used again after a submission with problems", async () => {
    const wrong = { ...bodyOf("x"), application: { comments: {} } };
    expect((await submit(app, writer, wrong, withKey("mended"))).status).toBe(422);
    expect((await submit(app, writer, bodyOf("x"), withKey("mended"))).status).toBe(201);
  });

  test("stores one application, however many tries arrive at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => submit(app, writer, bodyOf("raced"), withKey("raced"))),
    );
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(texts).size).toBe(1);
    expect(await ownApplications()).toHaveLength(1);
  });

  test("accepts only one of several different bodies at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        submit(app, writer, bodyOf("x", 700_000 + index), withKey("fought-over")),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array(11).fill(422)]);
    const [count] = await app.database.client`
      select count(*)::int as n from applications where applicant_id between 700000 and 700011`;
    expect(count).toEqual({ n: 1 });
  });

  /** The token of a key that replaces another; both work for a day. */
  async function rotate(id: number): Promise<{ id: number; token: string }> {
    const { credentials, successor } = await rotateApiKey(app.database.db, {
      id,
      form: { expiration: "2026-02-14", grace: "24h" },
      rules: { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true },
      salts,
      actor,
      now: noon,
    });
    leakHunt.expectNowhere("a key's secret", credentials.secret.reveal());
    leakHunt.expectNowhere("a key's token", credentials.token.reveal());
    return { id: successor.id, token: credentials.token.reveal() };
  }

  test("belongs to a key and all that replace it, in whatever order they send it", async () => {
    const first = await makeKey(app, { slug: sampleSlug, permission: "WRITE" });
    const second = await rotate(first.apiKey.id);
    const third = await rotate(second.id);
    for (const [name, tokens] of [
      ["forwards", [first.token, second.token, third.token]],
      ["backwards", [third.token, first.token, second.token]],
    ] as const) {
      const answers: string[] = [];
      for (const token of tokens) {
        const answer = await submit(app, token, bodyOf("moved"), withKey(name));
        expect(answer.status).toBe(201);
        answers.push(await answer.text());
      }
      expect(new Set(answers).size).toBe(1);
      for (const token of tokens) {
        expect((await submit(app, token, bodyOf("other"), withKey(name))).status).toBe(422);
      }
    }
    expect(await ownApplications()).toHaveLength(2);
  });

  test("stores one application when the old and the new key send it at once", async () => {
    const old = await makeKey(app, { slug: sampleSlug, permission: "WRITE" });
    const { token } = await rotate(old.apiKey.id);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        submit(app, index % 2 === 0 ? old.token : token, bodyOf("raced"), withKey("raced-by-two")),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(201));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(await ownApplications()).toHaveLength(1);
  });

  test("gives a key that may only write nothing that an import or a status changed since", async () => {
    const first = await submit(app, writer, bodyOf("once"), withKey("unchanged"));
    const answered = await first.text();
    const record = JSON.parse(answered);
    await importRecords(
      app,
      [
        {
          ...record,
          ...{ status: "Denied", application_note: "secret note", language: "fr" },
          ...{ status_last_modified_time: "2026-02-01T00:00:00Z" },
          application: { comments: { question_type: "TEXT", text: "changed" } },
        },
      ],
      sampleSlug,
    );
    const served = await app.call(`${path}/${record.application_id}`, reader);
    expect(await served.text()).toContain("changed");
    const again = await submit(app, writer, bodyOf("once"), withKey("unchanged"));
    expect(again.status).toBe(201);
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect(await again.text()).toBe(answered);
  });

  test("gives the first answer after the program itself has changed", async () => {
    const { slug } = await makeProgram(app, { id: 71, adminName: "growing" });
    const { token } = await makeKey(app, { slug, permission: "WRITE" });
    const body = { applicant_id: 1, language: "en-US", application: {} };
    const send = () => submit(app, token, body, { slug, ...withKey("before-the-change") });
    const answered = await (await send()).text();
    await makeProgram(app, { id: 72, adminName: "growing", questions: ["applicant name", "wish"] });
    expect(await (await send()).text()).toBe(answered);
  });

  test("is stored with a digest of the body, and the answer is never in the log", async () => {
    await submit(app, writer, bodyOf("very personal"), withKey("personal"));
    const [row] = await app.database.client`
      select body_digest from idempotent_submissions where idempotency_key = 'personal'`;
    expect(row?.body_digest).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(app.logLines)).not.toContain("very personal");
  });
});

test("an admin sees the application and the key that submitted it", async () => {
  await makeAdmin(app);
  const cookie = await signIn(app);
  const key = await makeKey(app, {
    ...{ slug: sampleSlug, permission: "WRITE", keyName: "Caseworker portal" },
  });
  const response = await submit(app, key.token, bodyOf("Please <hurry>"));
  const { application_id: id } = (await response.json()) as Listed;
  const page = await app.request(`/admin/programs/${sampleSlug}/applications/${id}`, {
    headers: { cookie },
  });
  const html = await page.text();
  expect(page.status).toBe(200);
  expect(html).toContain(`<a href="/admin/apiKeys/${key.apiKey.id}">`);
  expect(html).toContain("Caseworker portal");
  expect(html).toContain("Please &lt;hurry&gt;");
});

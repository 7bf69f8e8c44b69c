import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { readConfig } from "../../src/config/variables.ts";
import { connect } from "../../src/db/client.ts";
import { type ClaimedAlert, claimAlert, markAlertSent } from "../../src/domain/access/alerts/milestones.ts";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { rotateApiKey } from "../../src/domain/access/keys/rotate.ts";
import { createAlertChannels } from "../../src/instance/alert-channels.ts";
import { deriveKey } from "../../src/lib/secrets/derived-keys.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { scheduleAlerts } from "../../src/server/alerts.ts";
import type { Schedule } from "../../src/server/schedule.ts";
import { noAssets, noon, salts, startTestApp, type TestApp, zone } from "../support/app.ts";
import { runCommand } from "../support/command.ts";
import { actor, makeKey, makeProgram } from "../support/factories.ts";
import {
  type HookServer,
  headersOfMail,
  type MailServer,
  type ReceivedMail,
  startHookServer,
  startMailServer,
  textOfMail,
} from "../support/receivers.ts";

const support = "keys@city.example.org";
const contact = "vendor@example.org";
const secretKey = new Secret("test secret key 0123456789 abcdef");
const hourMs = 3_600_000;

let app: TestApp;
let mail: MailServer;
let hook: HookServer;
let now: Date;
let isClockRight: boolean;
let reports: { alert: ClaimedAlert; error: unknown }[];
const open: Schedule[] = [];

/** The alerts of the tests before have lower ids. */
let lastAlertId: number;

beforeAll(async () => {
  [app, mail] = await Promise.all([startTestApp({ assets: noAssets }), startMailServer()]);
  hook = startHookServer();
  await makeProgram(app, { name: "Snow removal" });
});
afterAll(() => Promise.all([mail.close(), hook.close(), app.close()]));

beforeEach(async () => {
  const { client } = app.database;
  // Nobody is told of the keys of the tests before any more.
  await client`update api_keys set retired_at = created_at, retired_by = 'a test before' where retired_at is null`;
  const [{ last } = {}] = await client`
    with settled as (update milestone_alerts set sent_at = now() where sent_at is null)
    select coalesce(max(id), 0)::int as last from milestone_alerts`;
  lastAlertId = last;
  mail.mails.length = 0;
  mail.refuses = () => false;
  hook.hooks.length = 0;
  hook.answer = () => new Response(null, { status: 204 });
  now = noon;
  isClockRight = true;
  reports = [];
});
afterEach(async () => {
  for (const schedule of open.splice(0)) await schedule.close();
});

const withMail = () => ({ SMTP_URL: mail.url, SUPPORT_EMAIL_ADDRESS: support });
const withHook = () => ({ ALERT_WEBHOOK_URL: hook.url, ALERT_WEBHOOK_ALLOW_PRIVATE: "true" });

/** A server's schedule; it has looked once when this returns. */
async function start(environment: Record<string, string>, db = app.database.db): Promise<Schedule> {
  const schedule = scheduleAlerts({
    db,
    channels: createAlertChannels(readConfig(environment), secretKey),
    zone,
    baseUrl: () => "https://keys.example.org",
    now: () => now,
    isClockRight: async () => isClockRight,
    report: (alert, error) => reports.push({ alert, error }),
    reportFailure: (error) => {
      throw error;
    },
  });
  open.push(schedule);
  await schedule.run();
  return schedule;
}

const later = (hours: number) => {
  now = new Date(now.getTime() + hours * hourMs);
};
const mailTo = (address: string): ReceivedMail => {
  const found = mail.mails.find(({ to }) => to.includes(address));
  if (found === undefined) throw new Error(`There is no mail to ${address}.`);
  return found;
};
const recipients = () => mail.mails.flatMap(({ to }) => to).toSorted();
const rows = () => app.database.client`select * from milestone_alerts where id > ${lastAlertId} order by id`;

describe("an expiring key", () => {
  test("is told to its contact and to support: which, when, what to do, and where", async () => {
    const { apiKey } = await makeKey(app, {
      keyName: "Case management",
      expiration: "2026-01-22",
      contactEmail: contact,
    });
    await start(withMail());
    expect(recipients()).toEqual([support, contact]);
    const text = textOfMail(mailTo(contact));
    const sentences = [
      "The API key “Case management” expires in 7 days, on Thursday, January 22, 2026 at 12:00 AM",
      `Key ID: ${apiKey.keyId}`,
      "Programs: Snow removal",
      "Last used: never",
      "chooses “Rotate key”",
      `https://keys.example.org/admin/apiKeys/${apiKey.id}`,
      "You are receiving this because you are the contact for this API key.",
    ];
    for (const sentence of sentences) expect(text).toContain(sentence);
    expect(mail.mails[0]?.from).toBe(support);
    expect(mail.mails[0]?.raw).toContain("Auto-Submitted: auto-generated");
  });

  test("is told by no server whose clock is wrong, until it is right", async () => {
    await makeKey(app, { expiration: "2026-01-22", contactEmail: contact });
    isClockRight = false;
    const schedule = await start({ ...withMail(), ...withHook() });
    expect([await rows(), mail.mails]).toEqual([[], []]);
    isClockRight = true;
    await schedule.run();
    expect(recipients()).toEqual([support, contact]);
  });

  test("is told at each milestone, once, however often one looks", async () => {
    await makeKey(app, { expiration: "2026-02-28", contactEmail: contact });
    const schedule = await start({ ...withMail(), ...withHook() });
    const seen: string[] = [];
    // It expires on Feb 28, 2026 at 08:00 UTC.
    const expires = new Date("2026-02-28T08:00:00Z").getTime();
    const hoursBefore = [40, 30, 20, 7, 3, 1, 0, -1].flatMap((days) => [24 * days + 12, 24 * days, 24 * days - 11]);
    for (const hours of hoursBefore) {
      now = new Date(expires - hours * hourMs);
      await schedule.run();
      if (hook.hooks.length > 0) await schedule.run();
      for (const { body } of hook.hooks.splice(0)) {
        seen.push(`${JSON.parse(body).data.milestone} ${now.toISOString()}`);
      }
    }
    expect(seen).toEqual([
      "30_days 2026-01-29T08:00:00.000Z",
      "7_days 2026-02-21T08:00:00.000Z",
      "1_day 2026-02-27T08:00:00.000Z",
      "expired 2026-02-28T08:00:00.000Z",
    ]);
    expect(recipients().filter((address) => address === contact)).toHaveLength(4);
    expect(recipients().filter((address) => address === support)).toHaveLength(4);
  });

  test("is told with its newest milestone only, when several are past at the first look", async () => {
    await makeKey(app, { keyName: "Soon", expiration: "2026-01-16" });
    await makeKey(app, { keyName: "Over", expiration: "2026-01-16", now: noon });
    now = new Date("2026-01-17T20:00:00Z");
    await makeKey(app, { keyName: "Tomorrow", expiration: "2026-01-18", now });
    await start(withHook());
    const told = hook.hooks.map(({ body }) => {
      const { type, data } = JSON.parse(body);
      return `${data.apiKey.name} ${type} ${data.milestone}`;
    });
    expect(told.toSorted()).toEqual([
      "Over api_key.expired expired",
      "Soon api_key.expired expired",
      "Tomorrow api_key.runs_out 1_day",
    ]);
  });

  test("is not told when it is retired, runs out later, or expired long ago", async () => {
    await makeKey(app, { expiration: "2026-02-20" });
    const { apiKey } = await makeKey(app, { expiration: "2026-01-20" });
    await retireApiKey(app.database.db, { id: apiKey.id, actor, now });
    await makeKey(app, { expiration: "2025-12-01", now: new Date("2025-11-01T20:00:00Z") });
    await start({ ...withMail(), ...withHook() });
    expect([mail.mails, hook.hooks]).toEqual([[], []]);
  });

  test("is told when its holder retired it, to all, once", async () => {
    const { apiKey, token } = await makeKey(app, { expiration: "2026-01-22", contactEmail: contact });
    const schedule = await start({ ...withMail(), ...withHook() });
    mail.mails.length = 0;
    hook.hooks.length = 0;
    expect((await app.call("/api/v1/key/retire", token, { method: "POST" })).status).toBe(200);
    for (let round = 0; round < 2; round += 1) await schedule.run();
    expect(recipients()).toEqual([support, contact]);
    expect(textOfMail(mailTo(contact))).toContain("was retired on Thursday, January 15, 2026 at 12:00 PM");
    expect(mailTo(contact).raw).toContain("was_retired_by_its_holder");
    expect(hook.hooks.map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: "api_key.retired", data: { milestone: "retired", apiKey: { keyId: apiKey.keyId } } },
    ]);
  });

  test("is told when its holder replaced it, to all, once, also when the old key was retired since", async () => {
    const { apiKey, token } = await makeKey(app, {
      ...{ expiration: "2026-01-22", renewUntil: "2026-12-31", contactEmail: contact },
    });
    const rotated = await app.call("/api/v1/key/rotate", token, {
      ...{ method: "POST", body: '{"graceHours":24}', headers: { "content-type": "application/json" } },
    });
    expect(rotated.status).toBe(201);
    const { keyId } = JSON.parse(await rotated.text());
    await retireApiKey(app.database.db, { id: apiKey.id, actor, now });
    const schedule = await start({ ...withMail(), ...withHook() });
    await schedule.run();
    expect(mailTo(contact).raw).toContain("was_replaced_by_its_holder");
    for (const sentence of ["works until Friday, January 16, 2026 at 12:00 PM", `The new key is ${keyId}.`]) {
      expect(textOfMail(mailTo(contact))).toContain(sentence);
    }
    const told = hook.hooks.map(({ body }) => JSON.parse(body));
    expect(told.filter(({ data }) => data.apiKey.keyId === apiKey.keyId)).toMatchObject([
      { type: "api_key.rotated", data: { milestone: "rotated", apiKey: { successorKeyId: keyId } } },
    ]);
  });

  test("is told to support alone without a contact, and once to a contact who is support", async () => {
    await makeKey(app, { expiration: "2026-01-20" });
    await makeKey(app, { expiration: "2026-01-20", contactEmail: support.toUpperCase() });
    await start(withMail());
    expect(recipients()).toEqual([support, support]);
  });

  test("is told with the key that replaces it, when it was rotated", async () => {
    const { apiKey } = await makeKey(app, { expiration: "2026-03-20" });
    const { successor } = await rotateApiKey(app.database.db, {
      id: apiKey.id,
      form: { expiration: "2026-12-20", grace: "24h" },
      rules: { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true },
      salts,
      actor,
      now,
    });
    await start({ ...withMail(), ...withHook() });
    expect(textOfMail(mailTo(support))).toContain(`replaced by the key ${successor.keyId}`);
    expect(JSON.parse(hook.hooks[0]?.body ?? "").data.apiKey.successorKeyId).toBe(successor.keyId);
  });
});

describe("a webhook", () => {
  test("gets a signed message that says what the mail says", async () => {
    const { apiKey } = await makeKey(app, { expiration: "2026-01-22", contactEmail: contact });
    await start(withHook());
    const [{ headers, body } = { headers: new Headers(), body: "" }] = hook.hooks;
    expect(JSON.parse(body)).toEqual({
      type: "api_key.runs_out",
      timestamp: noon.toISOString(),
      data: {
        milestone: "7_days",
        apiKey: {
          id: apiKey.id,
          keyId: apiKey.keyId,
          name: "Case management",
          expiration: "2026-01-22T08:00:00.000Z",
          lastUsedAt: null,
          programs: ["snow-removal"],
          successorKeyId: null,
          url: `https://keys.example.org/admin/apiKeys/${apiKey.id}`,
        },
      },
    });
    const id = headers.get("webhook-id");
    const timestamp = headers.get("webhook-timestamp");
    const signature = createHmac("sha256", deriveKey(secretKey, "alert-signature"))
      .update(`${id}.${timestamp}.${body}`)
      .digest("base64");
    expect(headers.get("webhook-signature")).toBe(`v1,${signature}`);
    expect(timestamp).toBe(String(noon.getTime() / 1000));
  });

  test("can be checked with the secret that the CLI prints", async () => {
    const { stdout, exitCode } = await runCommand(app.database, ["alerts", "secret"]);
    expect(exitCode).toBe(0);
    const key = Buffer.from(stdout.trim().replace("whsec_", ""), "base64");
    expect(key.equals(deriveKey(secretKey, "alert-signature"))).toBeTrue();
  });
});

describe("several servers", () => {
  test("send each thing once between them, however they meet", async () => {
    for (let index = 0; index < 12; index += 1) {
      await makeKey(app, {
        keyName: `Key ${index}`,
        expiration: "2026-01-20",
        contactEmail: `contact-${index}@example.org`,
      });
    }
    const others = [1, 2, 3].map(() => connect(app.database.target, { connectionsMax: 2 }));
    const environment = { ...withMail(), ...withHook() };
    await Promise.all([start(environment), ...others.map(({ db }) => start(environment, db))]);
    // One that met another at the same key may have gone home early; the next look gets the rest.
    for (const schedule of open) await schedule.run();
    const contacts = Array.from({ length: 12 }, (_, index) => `contact-${index}@example.org`);
    expect(recipients()).toEqual([...contacts, ...contacts.map(() => support)].toSorted());
    const ids = hook.hooks.map(({ headers }) => headers.get("webhook-id"));
    expect(new Set(ids).size).toBe(12);
    expect(ids).toHaveLength(12);
    expect(await rows()).toHaveLength(36);
    await Promise.all(open.splice(0).map((schedule) => schedule.close()));
    await Promise.all(others.map((other) => other.close()));
  });

  test("take over what a dead one had claimed, once its claim is stale", async () => {
    await makeKey(app, { expiration: "2026-01-20" });
    const dead = await claimAlert(app.database.db, {
      recipients: ["webhook"],
      supportAddress: null,
      now,
    });
    expect(dead).toMatchObject({ milestone: "7_days", recipient: "webhook", attempt: 1 });
    const schedule = await start(withHook());
    expect(hook.hooks).toHaveLength(0);
    later(4 / 60);
    await schedule.run();
    expect(hook.hooks).toHaveLength(0);
    later(1 / 60);
    await schedule.run();
    expect(hook.hooks).toHaveLength(1);
    expect(reports).toMatchObject([{ alert: { id: dead?.id, attempt: 2 }, error: undefined }]);
  });

  test("believe a late one that says it did send", async () => {
    await makeKey(app, { expiration: "2026-01-20" });
    const input = { recipients: ["webhook" as const], supportAddress: null, now };
    const alert = await claimAlert(app.database.db, input);
    if (alert) await markAlertSent(app.database.db, { alert, now });
    const schedule = await start(withHook());
    later(24);
    await schedule.run();
    expect(hook.hooks.map(({ body }) => JSON.parse(body).data.milestone)).toEqual([]);
  });
});

describe("a failure", () => {
  test("is tried again, later after each time, until it is sent; then never again", async () => {
    await makeKey(app, { expiration: "2026-01-22" });
    hook.answer = () => new Response(null, { status: 503 });
    const schedule = await start(withHook());
    const triedAfterMinutes: number[] = [0];
    const due = [5, 15, 35, 75, 155, 315, 635, 995, 1355];
    const looks = [...due, 24 * 60].flatMap((minute) => [minute - 5, minute - 1, minute]);
    for (const minute of looks.filter((at) => at > 0)) {
      now = new Date(noon.getTime() + minute * 60_000);
      const before = hook.hooks.length;
      await schedule.run();
      if (hook.hooks.length > before) triedAfterMinutes.push(minute);
    }
    const pauses = triedAfterMinutes.map((minute, index) => minute - (triedAfterMinutes[index - 1] ?? 0));
    expect(pauses).toEqual([0, 5, 10, 20, 40, 80, 160, 320, 360, 360]);
    expect(new Set(hook.hooks.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1);

    hook.answer = () => new Response(null, { status: 200 });
    later(6);
    const before = hook.hooks.length;
    await schedule.run();
    later(6);
    await schedule.run();
    expect(hook.hooks.length).toBe(before + 1);
    expect(reports.at(-1)?.error).toBeUndefined();
  });

  test("of one recipient keeps nobody else from hearing", async () => {
    await makeKey(app, { expiration: "2026-01-20", contactEmail: "gone@example.org" });
    await makeKey(app, { expiration: "2026-01-21", contactEmail: contact });
    mail.refuses = (address) => address === "gone@example.org";
    await start({ ...withMail(), ...withHook() });
    expect(recipients()).toEqual([support, support, contact].toSorted());
    expect(hook.hooks).toHaveLength(2);
    const failed = reports.filter(({ error }) => error !== undefined);
    expect(failed).toMatchObject([{ alert: { recipient: "contact" }, error: { code: "EENVELOPE" } }]);
  });

  test("of the mail server is not repeated for every key", async () => {
    for (let index = 0; index < 8; index += 1) await makeKey(app, { expiration: "2026-01-20" });
    await mail.close();
    await start(withMail());
    expect(reports).toHaveLength(3);
    mail = await startMailServer();
    const schedule = await start(withMail());
    expect(mail.mails).toHaveLength(5);
    later(1);
    await schedule.run();
    expect(mail.mails).toHaveLength(8);
  });

  test("says nothing of itself but its code in the database, and never the webhook's address", async () => {
    await makeKey(app, { expiration: "2026-01-20" });
    hook.answer = () => new Response("secret words", { status: 500 });
    await start(withHook());
    const text = JSON.stringify([await rows(), reports, String(reports[0]?.error)]);
    expect(text).toContain("status_500");
    expect(text).not.toContain("secret words");
    expect(text).not.toContain(hook.url);
  });
});

test("no name of a key and no contact adds a header, a recipient or a line", async () => {
  const evil = "x\r\nBcc: evil@example.org\r\n\r\nHello";
  const { apiKey: one } = await makeKey(app, { expiration: "2026-01-20", contactEmail: contact });
  // No form takes such a name any more; one from before does no harm either.
  await app.database.client`update api_keys set name = ${evil} where id = ${one.id}`;
  const { apiKey } = await makeKey(app, { keyName: "Two", expiration: "2026-01-20" });
  const addresses = [
    "a@example.org,evil@example.org",
    "a@example.org>\r\nRCPT TO:<evil@example.org",
    "a@example.org\r\nBcc: evil@example.org",
    "<evil@example.org>",
  ];
  await start(withMail());
  for (const address of addresses) {
    await app.database.client`update api_keys set contact_email = ${address} where id = ${apiKey.id}`;
    later(24);
    await open[0]?.run();
  }
  expect(recipients().join(" ")).not.toContain("evil");
  const plain = mail.mails.find(({ raw }) => textOfMail({ from: "", to: [], raw }).includes("Two"));
  for (const received of mail.mails) {
    expect(headersOfMail(received)).toEqual(headersOfMail(plain ?? received));
    expect(textOfMail(received)).not.toMatch(/^(?:Bcc|Hello)/m);
  }
  expect(mail.mails.length).toBeGreaterThan(2);
});

test("without a channel nothing is looked for", async () => {
  await makeKey(app, { expiration: "2026-01-20" });
  await start({});
  await start({ SUPPORT_EMAIL_ADDRESS: support });
  expect(await rows()).toHaveLength(0);
});

test("what is being sent when the server stops goes out, and nothing more", async () => {
  await makeKey(app, { expiration: "2026-01-20" });
  await makeKey(app, { expiration: "2026-01-20" });
  hook.answer = async () => {
    await Bun.sleep(200);
    return new Response();
  };
  const running = start(withHook());
  while (hook.hooks.length === 0) await Bun.sleep(5);
  await open[0]?.close();
  await running;
  expect(hook.hooks).toHaveLength(1);
  expect((await rows()).filter((row) => row.sent_at !== null)).toHaveLength(1);
});

describe("the CLI's test", () => {
  test("sends by every configured way, and says how it went", async () => {
    const env = { ...withMail(), ...withHook() };
    const good = await runCommand(app.database, ["alerts", "test"], { env });
    expect(good.stdout).toBe("email: sent\nwebhook: sent\n");
    expect(good.exitCode).toBe(0);
    expect(recipients()).toEqual([support]);
    expect(JSON.parse(hook.hooks[0]?.body ?? "").type).toBe("test");

    hook.answer = () => new Response(null, { status: 403 });
    const bad = await runCommand(app.database, ["alerts", "test", "--json"], { env: withHook() });
    expect(bad.json()).toEqual({ email: "not configured", webhook: "failed: status_403" });
    expect(bad.exitCode).toBe(1);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { getApiKey } from "../../../src/domain/access/keys/find.ts";
import { type AdminAtPages, signInToPages } from "../../support/admin-pages.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { actor, makeAdmin, makeKey, makeProgram, password, signIn } from "../../support/factories.ts";
import { elementById, hrefsIn, readElements, readText, textById } from "../../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  await makeProgram(app, { id: 2, adminName: "draft-program", publish: false });
  await makeProgram(app, { id: 3, adminName: "elsewhere", programType: "EXTERNAL" });
  admin = await signInToPages(app);
});
afterAll(() => app.close());

const goodForm = {
  keyName: "Case management",
  expiration: "2026-06-30",
  subnet: "10.1.2.3/8, 2001:DB8::1/64\n::ffff:192.0.2.1/128",
  contactEmail: "ops@example.org",
  note: "Ask the help desk first.",
  "grant-program-read[snow-removal]": "true",
  "grant-program-write[draft-program]": "true",
};

describe("creating a key", () => {
  test("shows the credentials in the answer and nowhere else, and they work at once", async () => {
    const { response, html } = await admin.send("/admin/apiKeys", goodForm);
    expect(response.status).toBe(201);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(html).toContain("Created API key: Case management");
    const token = textById(html, "api-key-credentials");
    const [keyId, secret] = atob(token).split(":");
    expect(token).toStartWith("Y3Zr");
    expect(keyId).toMatch(/^cvk_[0-9A-Za-z]{22}$/);
    expect(secret).toMatch(/^cvs_[0-9A-Za-z]{49}$/);
    expect(html).toContain(keyId ?? "-");
    expect(html).toContain(secret ?? "-");
    app.peer = "10.200.0.1";
    expect((await app.call("/api/v1/checkAuth", token)).status).toBe(200);
    app.peer = "203.0.113.7";
    const key = await getApiKey(app.database.db, { actor, keyId: keyId ?? "", now: noon });
    expect(key).toMatchObject({
      name: "Case management",
      subnets: ["10.0.0.0/8", "2001:db8::/64", "192.0.2.1/32"],
      expiration: new Date("2026-06-30T07:00:00Z"),
      contactEmail: "ops@example.org",
      createdBy: "ada@example.org",
      grants: [
        { programName: "draft-program", slug: "draft-program", permission: "WRITE" },
        { programName: "Snow removal", slug: "snow-removal", permission: "READ" },
      ],
    });
    for (const path of ["/admin/apiKeys", `/admin/apiKeys/${key.id}`]) {
      const page = await admin.open(path);
      expect(page.html).toContain(keyId ?? "-");
      expect(page.html).not.toContain(secret ?? "-");
      expect(page.html).not.toContain(token);
    }
    const dump = JSON.stringify([
      await app.database.client`select * from api_keys`,
      await app.database.client`select * from audit_events`,
      app.logLines,
    ]);
    expect(dump).not.toContain(secret ?? "-");
    expect(dump).not.toContain(token);
  });

  test("records who created the key, from where and with which subnets in the audit log", async () => {
    const [event] = await app.database.client`
      select * from audit_events where action = 'api_key.created' order by id desc limit 1`;
    expect(event).toMatchObject({ actor: "ada@example.org", address: "203.0.113.7" });
    expect(JSON.stringify(event?.details)).toContain("10.0.0.0/8");
  });

  test("makes one key when the form is sent twice", async () => {
    const form = { ...goodForm, formToken: crypto.randomUUID(), confirmSubnets: "10.0.0.0/8 2001:db8::/64" };
    const answers = await Promise.all([admin.send("/admin/apiKeys", form), admin.send("/admin/apiKeys", form)]);
    expect(answers.map(({ response }) => response.status).toSorted()).toEqual([201, 303]);
    const again = await admin.send("/admin/apiKeys", form);
    const location = again.response.headers.get("location") ?? "";
    expect(location).toMatch(/^\/admin\/apiKeys\/\d+\?created=true$/);
    expect((await admin.open(location)).text).toContain("The key exists; its secret cannot be shown again.");
  });

  test("asks people, and no scripts, to confirm subnets that are large or changed, for just those subnets", async () => {
    const form = { ...goodForm, formToken: crypto.randomUUID() };
    const asked = await admin.send("/admin/apiKeys", form);
    expect(asked.response.status).toBe(422);
    expect(asked.text).toContain("10.1.2.3/8 becomes 10.0.0.0/8 .");
    expect(asked.text).toContain("10.0.0.0/8 is a large network: 16,777,216 addresses.");
    const confirmSubnets = elementById(asked.html, "confirmSubnets").attributes.get("value") ?? "";
    const subnet = `${goodForm.subnet}, 172.16.0.0/12`;
    expect((await admin.send("/admin/apiKeys", { ...form, confirmSubnets, subnet })).response.status).toBe(422);
    expect((await admin.send("/admin/apiKeys", { ...form, confirmSubnets })).response.status).toBe(201);
    for (const plain of ["10.1.0.0/16", "2001:db8::/32, ::ffff:192.0.2.1/128", "203.0.113.7/32"]) {
      const sent = { ...form, formToken: crypto.randomUUID(), subnet: plain };
      expect((await admin.send("/admin/apiKeys", sent)).response.status).toBe(201);
    }
  });

  test("says what the key will be able to do, as far as the form is filled in", async () => {
    const empty = (await admin.open("/admin/apiKeys/new")).text;
    expect(empty).toContain(
      "Can’t do anything yet. Choose a program. No address can use it yet. No expiration date yet.",
    );
    expect(empty).toContain("Nobody will be warned before it expires: neither e-mail nor a webhook is configured.");
    const { response, text } = await admin.send("/admin/apiKeys/new/preview", {
      expiration: "2026-04-15",
      subnet: "203.0.113.0/24, 10.0.0.1",
      "grant-program-read[snow-removal]": "true",
      "grant-program-write[draft-program]": "true",
    });
    expect(response.status).toBe(200);
    expect(text).toContain("Can read 1 program, all questions, and write to 1 program");
    expect(text).toContain("256 addresses ( 203.0.113.0–203.0.113.255 )");
    expect(text).toContain("Until Apr 15, 2026 (90 days).");
    expect(text).not.toContain("what I want");
  });

  test("suggests the subnet of a single address", async () => {
    const { text } = await admin.send("/admin/apiKeys", { ...goodForm, subnet: "10.0.0.1, 2001:db8::1, office" });
    expect(text).toContain("Subnet must be in CIDR notation. 10.0.0.1 is a single address. Did you mean 10.0.0.1/32?");
    expect(text).toContain("Did you mean 2001:db8::1/128?");
    expect(text).toContain("Subnet must be in CIDR notation. This is not: office");
  });

  test("checks the program that a link names, and takes nothing else from an address", async () => {
    const query = "program=snow-removal&keyName=Stranger&subnet=10.0.0.0/8&grant-program-write[snow-removal]=true";
    const { html } = await admin.open(`/admin/apiKeys/new?${query}`);
    const checked = readElements(html).filter(({ attributes }) => attributes.has("checked"));
    expect(checked.map(({ attributes }) => attributes.get("name"))).toEqual(["grant-program-read[snow-removal]"]);
    expect(html).not.toContain("Stranger");
    for (const slug of ["elsewhere", "no-such-program", "%00", "a]&b"]) {
      const odd = await admin.open(`/admin/apiKeys/new?program=${encodeURIComponent(slug)}`);
      expect([odd.response.status, odd.html.includes(" checked")]).toEqual([200, false]);
    }
  });

  test("starts as a copy of another key, also an expired one, with what it could do and no more", async () => {
    const subnet = "198.51.100.0/24, 203.0.113.0/24";
    const { apiKey } = await makeKey(app, { keyName: "To renew", subnet, note: "old", expiration: "2026-01-20" });
    app.now = new Date("2026-01-21T12:00:00Z");
    admin.cookie = await signIn(app);
    expect((await admin.open(`/admin/apiKeys/${apiKey.id}`)).text).toContain("Copy to a new key");
    const { response, html } = await admin.send("/admin/apiKeys/new", { copyOf: String(apiKey.id) });
    expect(response.status).toBe(200);
    expect(elementById(html, "keyName").attributes.get("value")).toBe("To renew");
    expect(textById(html, "subnet").trim()).toBe("198.51.100.0/24\n203.0.113.0/24");
    expect(elementById(html, "snow-removal").attributes.has("checked")).toBeTrue();
    expect(elementById(html, "expiration").attributes.get("value")).toBe("");
    expect(textById(html, "note").trim()).toBe("");
    expect((await admin.send("/admin/apiKeys/new", { copyOf: "999999" })).response.status).toBe(404);
    app.now = noon;
    admin.cookie = await signIn(app);
  });

  test("shows all problems at once, and keeps what was typed", async () => {
    const { response, html } = await admin.send("/admin/apiKeys", {
      keyName: " ",
      subnet: "10.0.0.1",
      note: "kept",
    });
    expect(response.status).toBe(422);
    for (const message of [
      "Key name cannot be blank.",
      "Expiration cannot be blank.",
      "Subnet must be in CIDR notation.",
      "You must select at least one program.",
    ]) {
      expect(html).toContain(message);
    }
    expect(html).toContain("10.0.0.1");
    expect(html).toContain("kept");
  });

  const problems: readonly [field: keyof typeof goodForm, value: string, message: string][] = [
    ["keyName", "", "Key name cannot be blank."],
    ["expiration", "", "Expiration cannot be blank."],
    ["expiration", "30.06.2026", "Expiration must be in the form YYYY-MM-DD."],
    ["expiration", "2026-02-30", "Expiration must be in the form YYYY-MM-DD."],
    ["expiration", "2026-01-15", "Expiration must be in the future."],
    ["expiration", "2025-12-31", "Expiration must be in the future."],
    ["expiration", "2027-01-17", "Expiration must be on or before 2027-01-16."],
    ["subnet", "", "Subnet cannot be blank."],
    ["subnet", " , \n ", "Subnet cannot be blank."],
    ["subnet", "10.0.0.0/8, 10.0.0.0/33", "Subnet must be in CIDR notation."],
    ["subnet", "0.0.0.0/0", "Subnet cannot allow all IP addresses."],
    ["subnet", "::/0", "Subnet cannot allow all IP addresses."],
    ["subnet", "0.0.0.0/1,128.0.0.0/1", "Subnet cannot allow all IP addresses."],
    ["subnet", "::ffff:0:0/96", "Subnet cannot allow all IP addresses."],
    ["contactEmail", "nobody", "Contact e-mail must be an address"],
    ["contactEmail", "<ada@example.org>", "Contact e-mail must be an address"],
    ["keyName", "Reports\u2028Programs: all", "Key name cannot contain line breaks"],
  ];
  for (const [field, value, message] of problems) {
    test(`refuses ${field} ${JSON.stringify(value)} and stores nothing`, async () => {
      const count = () => app.database.client`select count(*) from api_keys`;
      const before = await count();
      const { response, html } = await admin.send("/admin/apiKeys", { ...goodForm, [field]: value });
      expect(response.status).toBe(422);
      expect(html).toContain(message);
      expect([...(await count())]).toEqual([...before]);
    });
  }

  test("accepts the first and the last day allowed as expiration", async () => {
    for (const expiration of ["2026-01-16", "2027-01-16"]) {
      expect((await admin.send("/admin/apiKeys", { ...goodForm, expiration })).response.status).toBe(201);
    }
  });

  for (const slug of ["no-such-program", "elsewhere", "' or 1=1", ""]) {
    test(`answers a grant on ${JSON.stringify(slug)} with 400 and stores nothing`, async () => {
      const fields = { ...goodForm, [`grant-program-read[${slug}]`]: "true" };
      expect((await admin.send("/admin/apiKeys", fields)).response.status).toBe(400);
    });
  }

  test("offers published and draft programs, but no external ones, and suggests the caller's address as subnet", async () => {
    const { html } = await admin.open("/admin/apiKeys/new");
    expect(html).toContain('name="grant-program-read[snow-removal]"');
    expect(html).toContain('name="grant-program-write[draft-program]"');
    expect(html).not.toContain("elsewhere");
    expect(html).toContain("203.0.113.7/32");
  });

  test("asks for the password again when the session is older than fifteen minutes", async () => {
    app.now = new Date(noon.getTime() + 16 * 60_000);
    const asked = await admin.open("/admin/apiKeys/new");
    expect(asked.html).toContain('name="currentPassword"');
    expect((await admin.send("/admin/apiKeys", goodForm)).response.status).toBe(422);
    const wrong = await admin.send("/admin/apiKeys", {
      ...goodForm,
      currentPassword: "not the right password",
    });
    expect(wrong.response.status).toBe(422);
    expect(wrong.html).not.toContain("Credentials");
    const created = await admin.send("/admin/apiKeys", { ...goodForm, currentPassword: password });
    expect(created.response.status).toBe(201);
    // The session goes on under a new token.
    expect((await admin.send("/admin/apiKeys", goodForm)).response.status).toBe(303);
    admin.cookie = created.response.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect((await admin.send("/admin/apiKeys", goodForm)).response.status).toBe(201);
    app.now = noon;
    admin.cookie = await signIn(app);
  });
});

describe("the list", () => {
  test("shows a key in exactly one tab, retired before expired", async () => {
    const { apiKey } = await makeKey(app, { keyName: "Tab test", expiration: "2026-01-20" });
    const tabs = ["/admin/apiKeys", "/admin/apiKeys/retired", "/admin/apiKeys/expired"];
    const shownIn = async () => {
      const pages = await Promise.all(tabs.map((path) => admin.open(`${path}?q=Tab+test`)));
      return pages.map(({ html }) => html.includes(apiKey.keyId));
    };
    expect(await shownIn()).toEqual([true, false, false]);
    app.now = new Date("2026-01-20T08:00:00Z");
    admin.cookie = await signIn(app);
    expect(await shownIn()).toEqual([false, false, true]);
    await admin.send(`/admin/apiKeys/${apiKey.id}/retire`, {});
    expect(await shownIn()).toEqual([false, true, false]);
    app.now = noon;
    admin.cookie = await signIn(app);
  });

  test("finds keys by name, key ID, subnet and contact, and searches for % and _ as they are", async () => {
    const { apiKey } = await makeKey(app, {
      keyName: "Payroll 100%_x",
      subnet: "198.51.100.0/24",
      contactEmail: "pay@example.org",
    });
    for (const search of ["payroll", apiKey.keyId.slice(4, 20), "198.51.100", "pay@", "100%_"]) {
      const { html } = await admin.open(`/admin/apiKeys?q=${encodeURIComponent(search)}`);
      expect(html).toContain(apiKey.keyId);
    }
    expect((await admin.open("/admin/apiKeys?q=100%25_y")).html).not.toContain(apiKey.keyId);
  });

  test("has every key exactly once over all pages, newest first", async () => {
    for (let index = 0; index < 30; index += 1) await makeKey(app, { keyName: `Walk ${index}.` });
    const seen: string[] = [];
    let path: string | undefined = "/admin/apiKeys?q=Walk";
    while (path !== undefined) {
      const { html } = await admin.open(path);
      seen.push(...[...html.matchAll(/>Walk (\d+)\.</g)].map(([, number]) => number ?? ""));
      path = /href="(\/admin\/apiKeys\?[^"]*after=[^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => String(29 - index)));
  });

  test("sorts keys that expire soon by when they do, and the others as asked, whatever the address says", async () => {
    await makeKey(app, { keyName: "Sort b", expiration: "2026-01-25" });
    await makeKey(app, { keyName: "Sort c", expiration: "2026-01-20" });
    await makeKey(app, { keyName: "Sort a", expiration: "2026-12-30" });
    const shown = async (query: string) => {
      const { html } = await admin.open(`/admin/apiKeys?q=Sort+&${query}`);
      return [...html.matchAll(/>Sort (\w)</g)].map(([, name]) => name).join("");
    };
    expect(await shown("")).toBe("acb");
    expect(await shown("sort=name")).toBe("abc");
    expect(await shown("sort=-name")).toBe("cba");
    expect(await shown("expiring=true")).toBe("cb");
    expect(await shown("expiring=true&sort=-expires")).toBe("bc");
    for (const odd of [
      "sort=secretHash",
      "sort=--name",
      "sort=expires&after=1.x",
      "sort=-calls&before=x.1",
      "after=5",
      "sort=expires&after=1.999999999999999999",
    ]) {
      expect(await shown(odd)).toHaveLength(3);
    }
  });

  test("counts the refused calls of the last 24 hours", async () => {
    const { apiKey, token } = await makeKey(app, { keyName: "Refused lately" });
    const { client } = app.database;
    for (const hours of [25, 23, 1]) {
      const at = new Date(noon.getTime() - hours * 3_600_000).toISOString();
      await client`
        insert into refusals (minute, reason, api_key_id, call_count, last_at, last_request_id)
        values (${at}, 'expired', ${apiKey.id}, ${hours}, ${at}, 'r')`;
    }
    const { text } = await admin.open("/admin/apiKeys?q=Refused+lately");
    expect(text).toContain("24 refused calls of Refused lately");
    expect(text).not.toContain(token);
  });

  test("answers a request of htmx with the list alone, and anyone else with the whole page", async () => {
    const page = await admin.open("/admin/apiKeys");
    const part = await admin.open("/admin/apiKeys", { "hx-request": "true" });
    expect(page.html).toStartWith("<!doctype html>");
    expect(part.html).not.toContain("<html");
    expect(part.html).toContain('id="api-keys"');
    expect(page.response.headers.get("vary")).toContain("HX-Request");
  });

  test("sends htmx to the sign-in page when there is no session", async () => {
    const response = await app.request("/admin/apiKeys", { headers: { "hx-request": "true" } });
    expect(response.headers.get("hx-redirect")).toBe("/login");
    expect(await response.text()).toBe("");
  });
});

describe("retiring", () => {
  test("asks first, naming the key; then refuses the very next call, and cannot be done twice", async () => {
    const { apiKey, token } = await makeKey(app, { keyName: "Old export" });
    const path = `/admin/apiKeys/${apiKey.id}/retire`;
    const confirm = await admin.open(path);
    expect(confirm.html).toContain("Old export");
    expect(confirm.html).toContain("permanent");
    expect((await app.call("/api/v1/checkAuth", token)).status).toBe(200);
    const { response } = await admin.send(path, {});
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe(`/admin/apiKeys?retired=${apiKey.id}`);
    expect((await app.call("/api/v1/checkAuth", token)).status).toBe(401);
    expect((await admin.send(path, {})).response.status).toBe(409);
    const [event] = await app.database.client`
      select actor, action from audit_events where api_key_id = ${apiKey.id} order by id desc limit 1`;
    expect(event).toEqual({ actor: "ada@example.org", action: "api_key.retired" });
  });

  test("shows whom to ask and what would stop, and writes the reason into the audit log", async () => {
    const { apiKey } = await makeKey(app, { contactEmail: "ops@example.org", note: "Ask the help desk first." });
    await app.database.client`
      insert into api_key_daily_calls (api_key_id, day, call_count)
      values (${apiKey.id}, '2026-01-09', 5), (${apiKey.id}, '2026-01-08', 100), (${apiKey.id}, '2026-01-15', 7)`;
    const path = `/admin/apiKeys/${apiKey.id}/retire`;
    const { text } = await admin.open(path);
    expect(text).toContain("Calls in the last 7 days 12 Contact e-mail ops@example.org Note Ask the help desk first.");
    const refused = await admin.send(path, { reason: "x".repeat(2001) });
    expect([refused.response.status, refused.text.includes("Reason must have 2000 characters or fewer.")]).toEqual([
      422,
      true,
    ]);
    expect((await admin.send(path, { reason: " Ticket 4712 " })).response.status).toBe(303);
    const [event] = await app.database.client`
      select details from audit_events where api_key_id = ${apiKey.id} and action = 'api_key.retired'`;
    expect(event?.details).toMatchObject({ reason: "Ticket 4712" });
    expect((await admin.open(`/admin/apiKeys/${apiKey.id}`)).text).toContain("Ticket 4712");
  });

  test("is confirmed on the list for a few minutes, and never for a key that was not retired", async () => {
    const { apiKey } = await makeKey(app, { keyName: "<b>Told</b> & done" });
    const notice = "All calls with it are now refused.";
    const list = `/admin/apiKeys?retired=${apiKey.id}`;
    expect((await admin.open(list)).html).not.toContain(notice);
    await admin.send(`/admin/apiKeys/${apiKey.id}/retire`, {});
    const told = (await admin.open(list)).html;
    expect(readText(told)).toContain(`<b>Told</b> & done is retired. ${notice}`);
    expect(told).not.toContain("<b>Told");
    for (const made of ["999999", "0", "x", "", "9".repeat(30)]) {
      const { response, html } = await admin.open(`/admin/apiKeys?retired=${made}`);
      expect([response.status, html.includes(notice)]).toEqual([200, false]);
    }
    app.now = new Date(noon.getTime() + 6 * 60_000);
    expect((await admin.open(list)).html).not.toContain(notice);
    app.now = noon;
  });

  test("succeeds for only one of two admins who retire a key at the same moment", async () => {
    const { apiKey } = await makeKey(app);
    const path = `/admin/apiKeys/${apiKey.id}/retire`;
    const answers = await Promise.all([admin.send(path, {}), admin.send(path, {})]);
    expect(answers.map(({ response }) => response.status).toSorted()).toEqual([303, 409]);
  });

  test("keeps the navigation on an error page, and leads to the section that was meant", async () => {
    for (const [path, next] of [
      ["/admin/apiKeys/999999", "Go to API keys"],
      ["/admin/programs/nowhere", "Go to Programs"],
      ["/admin/nowhere", "Go to API keys"],
    ] as const) {
      const { response, html, text } = await admin.open(path);
      expect(response.status).toBe(404);
      expect(text).toContain(`${next} If you ask for help`);
      expect(hrefsIn(html)).toContain("/admin/audit");
    }
    const stranger = await (await app.request("/nowhere")).text();
    expect(hrefsIn(stranger)).not.toContain("/admin/audit");
  });

  test("answers 404 for a key that does not exist", async () => {
    for (const id of ["999999", "0", "-1", "1e3", "nonsense", "9".repeat(30)]) {
      expect((await admin.open(`/admin/apiKeys/${id}`)).response.status).toBe(404);
    }
  });
});

describe("usage", () => {
  test("counts every one of many simultaneous calls, and keeps the address of the newest", async () => {
    const { apiKey, token } = await makeKey(app);
    await Promise.all(Array.from({ length: 500 }, () => app.call("/api/v1/checkAuth", token)));
    app.peer = "203.0.113.99";
    app.now = new Date(noon.getTime() + 1000);
    await app.call("/api/v1/checkAuth", token);
    app.now = noon;
    app.peer = "203.0.113.7";
    await app.usage.flush();
    const key = await getApiKey(app.database.db, { actor, id: apiKey.id, now: noon });
    expect(key.callCount).toBe(501);
    expect(key.lastUsedAddress).toBe("203.0.113.99");
    const [day] = await app.database.client`
      select call_count from api_key_daily_calls where api_key_id = ${apiKey.id}`;
    expect(Number(day?.call_count)).toBe(501);
  });
});

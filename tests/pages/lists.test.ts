import { afterAll, beforeAll, expect, test } from "bun:test";
import { type AdminAtPages, signInToPages } from "../support/admin-pages.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { applicationRecord, importRecords, makeAdmin, makeKey, makeProgram } from "../support/factories.ts";
import { elementById, hrefsIn, readElements } from "../support/markup.ts";
import { findPython, runPython } from "../support/python.ts";

let app: TestApp;
let admin: AdminAtPages;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  admin = await signInToPages(app);
});
afterAll(() => app.close());

test("a new instance shows the steps until the first call, and checks each once it is done", async () => {
  const done = async () => {
    const { html, text } = await admin.open("/admin/apiKeys");
    const current = readElements(html).some(({ attributes }) => attributes.get("aria-current") === "step");
    return [current, [...text.matchAll(/([A-Z][a-z ]+(?:API key)?) \(done\)/g)].map(([, step]) => step?.trim())];
  };
  expect(await done()).toEqual([true, []]);
  expect(hrefsIn((await admin.open("/admin/apiKeys")).html)).toContain("/admin/programs/import");
  await makeProgram(app, { publish: false });
  expect(await done()).toEqual([true, ["Import a program"]]);
  expect(hrefsIn((await admin.open("/admin/apiKeys")).html)).toContain("/admin/programs/snow-removal");
  await admin.send("/admin/programs/snow-removal/publish", { version: "1" });
  await importRecords(app, [applicationRecord(1)]);
  const { apiKey, token } = await makeKey(app, { keyName: "First" });
  const steps = ["Import a program", "Publish it", "Load its applications", "Create an API key"];
  expect(await done()).toEqual([true, steps]);
  expect(hrefsIn((await admin.open("/admin/apiKeys")).html)).toContain(`/admin/apiKeys/${apiKey.id}`);
  expect((await admin.open("/admin/apiKeys?q=First")).text).not.toContain("(done)");
  expect((await app.call("/api/v1/checkAuth", token)).status).toBe(200);
  await app.database.client`insert into api_key_usage (api_key_id, call_count) values (${apiKey.id}, 1)
    on conflict (api_key_id) do update set call_count = 1`;
  expect(await done()).toEqual([false, []]);
});

const script = `
import csv, io, json, sys
tables = json.load(sys.stdin)
json.dump([list(csv.DictReader(io.StringIO(text, newline=""), strict=True)) for text in tables], sys.stdout)`;
const python = findPython();

test.if(python !== undefined)("lists are downloaded as they are filtered, and the audit log says so", async () => {
  const name = '=1+1, "quoted"\nsecond line';
  const { apiKey, token } = await makeKey(app, { keyName: "Bulk", contactEmail: "bulk@example.org" });
  await app.database.client`update api_keys set name = ${name} where id = ${apiKey.id}`;
  app.peer = "192.0.2.1";
  await app.call("/api/v1/checkAuth", token);
  await app.database.client`insert into refusals
    (minute, reason, api_key_id, address, route, call_count, last_at, last_request_id)
    values (now(), 'outside_subnet', ${apiKey.id}, '192.0.2.1', '/api/v1/checkAuth', 1234, now(), '@odd')`;
  const addresses = [
    "/admin/apiKeys/download?q=second",
    "/admin/refusals/download?q=%40odd",
    "/admin/audit/download?what=api_key.created",
    "/admin/people/download?sort=-lastSignedIn",
    "/admin/apiKeys/retired/download",
  ];
  const answers = await Promise.all(addresses.map((path) => admin.open(path)));
  for (const { response } of answers) {
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="2026-01-15-[a-z-]+\.csv"$/);
    expect(response.headers.get("cache-control")).toBe("no-store");
  }
  const read = await runPython(
    python ?? "",
    script,
    answers.map(({ html }) => html),
  );
  const [keys, refused, events, people, retired] = read as Record<string, string>[][];
  expect(keys).toMatchObject([
    {
      name: `'${name}`,
      key_id: apiKey.keyId,
      state: "active",
      read: "snow-removal",
      contact_email: "bulk@example.org",
    },
  ]);
  expect(refused).toMatchObject([{ calls: "1234", why: "Outside the subnets", last_request_id: "'@odd" }]);
  expect(events?.map(({ action, key_id: id }) => [action, id])).toContainEqual(["api_key.created", apiKey.keyId]);
  expect(JSON.parse(events?.[0]?.details ?? "")).toMatchObject({ keyId: apiKey.keyId });
  expect(people).toMatchObject([{ email: "ada@example.org", roles: "admin", signs_in_with: "password" }]);
  expect(retired).toEqual([]);
  const { text } = await admin.open("/admin/audit?what=list.downloaded");
  for (const list of ["API keys", "Refused calls", "Audit events", "People"]) {
    expect(text).toContain(`ada@example.org downloaded the list ${list}`);
  }
  expect(text).toContain("state active search second");
});

test("keys that were checked in the list are retired at once, all or none, with the reason in the audit log", async () => {
  const made = [await makeKey(app, { keyName: "One" }), await makeKey(app, { keyName: "Two" })];
  const gone = (await makeKey(app, { keyName: "Gone" })).apiKey.id;
  const ids = made.map(({ apiKey }) => apiKey.id);
  await admin.send(`/admin/apiKeys/${gone}/retire`, {});
  const { html } = await admin.open("/admin/apiKeys");
  for (const id of ids) expect(elementById(html, `key-${id}`).attributes.get("form")).toBe("retire-keys");
  const path = `/admin/apiKeys/retire?${[...ids, gone].map((id) => `key=${id}`).join("&")}`;
  const confirm = await admin.open(path);
  expect(confirm.text).toContain("Retire 2 API keys?");
  expect(confirm.text).toContain("Already retired: Gone .");
  for (const { apiKey } of made) expect(confirm.text).toContain(`${apiKey.name} ${apiKey.keyId}`);
  expect((await admin.send(path, { reason: "x".repeat(5000) })).response.status).toBe(422);
  expect((await admin.send(`${path}&key=999999`)).response.status).toBe(404);
  expect((await admin.open(path)).text).toContain("Retire 2 API keys?");
  const { response } = await admin.send(path, { reason: "Ticket 4711" });
  const next = response.headers.get("location") ?? "";
  expect(next).toBe(`/admin/apiKeys?retired=${ids.join("&retired=")}&already=${gone}`);
  expect((await admin.open(next)).text).toContain(
    "2 API keys are retired. All calls with them are now refused. 1 key had been retired before.",
  );
  const reasons = await app.database.client`select details ->> 'name' as name, details ->> 'reason' as reason
    from audit_events where action = 'api_key.retired' order by id desc limit 3`;
  expect(reasons.map(({ name, reason }) => [name, reason])).toEqual([
    ["Two", "Ticket 4711"],
    ["One", "Ticket 4711"],
    ["Gone", null],
  ]);
  expect((await admin.open("/admin/apiKeys/retire")).response.headers.get("location")).toBe("/admin/apiKeys");
});

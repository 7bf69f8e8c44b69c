import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { narrowApiKey } from "../../src/domain/access/keys/narrow.ts";
import { describeForNarrowing } from "../../src/domain/access/keys/narrow-form.ts";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { noon, startTestApp, type TestApp, zone } from "../support/app.ts";
import {
  actor,
  applicationRecord,
  importRecords,
  makeAdmin,
  makeKey,
  makePerson,
  makeProgram,
  signIn,
} from "../support/factories.ts";
import { readText } from "../support/markup.ts";

let app: TestApp;
let ids: Record<"snow" | "shared" | "garden", number>;

const read = { permission: "READ" } as const;
const list = (slug: string) => `/api/v1/admin/programs/${slug}/applications`;
const elsewhere = "198.51.100.77";
/** Whatever is of the other program. */
const ofOthers = /secret.garden|gardener|garden shed|garden.street/i;

beforeAll(async () => {
  app = await startTestApp({ docsAccess: "members" });
  await makeProgram(app);
  await makeProgram(app, { id: 2, questions: ["applicant name", "street"], publish: false });
  await makeProgram(app, {
    ...{ id: 3, adminName: "secret-garden", name: "Secret Garden", questions: ["garden street"] },
  });
  await importRecords(app, [applicationRecord(1)]);
  await importRecords(
    app,
    [2, 3].map((number) => applicationRecord(number, { program_name: "secret-garden" })),
    "secret-garden",
  );
  const snow = await makeKey(app, { keyName: "Snow plow", contactEmail: "snow@example.org" });
  const shared = await makeKey(app, {
    keyName: "Shared reports",
    note: "Also for the gardener",
    grants: ["snow-removal", "secret-garden"].map((slug) => ({ slug, ...read })),
  });
  const garden = await makeKey(app, {
    keyName: "Gardener",
    slug: "secret-garden",
    contactEmail: "gardener@example.org",
  });
  ids = { snow: snow.apiKey.id, shared: shared.apiKey.id, garden: garden.apiKey.id };
  await app.call(list("snow-removal"), snow.token);
  for (const slug of ["snow-removal", "secret-garden", "secret-garden"]) await app.call(list(slug), shared.token);
  // Refused: without a grant, from elsewhere, and with no key at all.
  await app.call(list("secret-garden"), snow.token);
  app.peer = elsewhere;
  for (const { token } of [snow, shared, garden]) {
    for (const slug of ["snow-removal", "secret-garden"]) await app.call(list(slug), token);
    await app.call("/api/v1/checkAuth", token);
  }
  await app.call(list("snow-removal"), btoa("somebody:else"));
  app.peer = "203.0.113.7";
  await Promise.all([app.usage.flush(), app.refusals.flush()]);
  await makeAdmin(app);
  const [role, programSlug] = ["program_admin", "snow-removal"] as const;
  await makePerson(app, { email: "own@example.org", roles: [{ role, programSlug }] });
  await makePerson(app, { email: "both@example.org", roles: [{ role: "auditor" }, { role, programSlug }] });
});
afterAll(() => app.close());

async function open(path: string, email = "own@example.org") {
  const response = await app.request(path, { headers: { cookie: await signIn(app, email) } });
  const html = await response.text();
  return { status: response.status, html, text: readText(html) };
}

test("nothing of another program is on any page of a program admin, whatever they search for", async () => {
  const paths = [
    ...["/admin/apiKeys", "/admin/apiKeys/retired", "/admin/apiKeys/expired", "/admin/apiKeys?expiring=true"],
    ...[`/admin/apiKeys/${ids.snow}`, `/admin/apiKeys/${ids.shared}`, "/admin/account"],
    ...["/admin/programs", "/admin/programs/snow-removal", "/admin/applications"],
    ...["/admin/programs/snow-removal/applications", "/admin/programs/snow-removal/applications/1"],
    ...["/admin/refusals", `/admin/refusals?key=${ids.snow}`, `/admin/refusals?key=${ids.shared}`],
    ...["/docs/api", "/docs/api/programs/snow-removal/active", "/docs/api/programs/snow-removal/draft"],
    ...["apiKeys", "programs", "applications", "refusals"].flatMap((page) => [
      `/admin/${page}?q=garden`,
      `/admin/${page}?q=3`,
      `/admin/${page}?q=203.0.113.7`,
    ]),
    ...["apiKeys", "refusals", "programs/snow-removal/applications"].map((page) => `/admin/${page}/download`),
    "/docs/api?q=garden",
  ];
  for (const path of paths) {
    const { status, html } = await open(path);
    expect(`${path} ${status}`).toBe(`${path} 200`);
    expect(`${path} ${ofOthers.exec(html)?.[0]}`).toBe(`${path} undefined`);
    expect(html).not.toContain(`/admin/apiKeys/${ids.garden}"`);
  }
  // The same search finds it for an admin, so the pattern is right.
  expect((await open("/admin/apiKeys?q=garden", "ada@example.org")).html).toMatch(ofOthers);
});

test("another program's pages answer as those of a program that does not exist", async () => {
  for (const path of [
    "/admin/programs/SLUG",
    "/admin/programs/SLUG/applications",
    "/admin/programs/SLUG/applications/2",
    "/docs/api/programs/SLUG/active",
    "/docs/api/programs/SLUG/draft",
    "/docs/api/schema/SLUG",
  ]) {
    const answers = await Promise.all(["secret-garden", "nowhere"].map((slug) => open(path.replace("SLUG", slug))));
    const [others, none] = answers.map(({ status, text }) => [status, text.replace(/request ID: .*/, "")]);
    const [status, text] = none ?? [];
    expect(others).toEqual([404, String(text).replaceAll("nowhere", "secret-garden")]);
    expect(status).toBe(404);
  }
  const [others, none] = await Promise.all([ids.garden, 999].map((id) => open(`/admin/apiKeys/${id}`)));
  expect([others?.status, none?.status]).toEqual([404, 404]);
  expect((await open(`/admin/refusals?key=${ids.garden}`)).status).toBe(404);
});

describe("an API key", () => {
  test("is listed and counted when it has a grant on the program", async () => {
    const { html, text } = await open("/admin/apiKeys");
    expect(text).toContain("Active 2");
    expect(text).toContain("Snow plow");
    expect(text).toContain("Shared reports");
    expect(html).not.toContain("Retire key");
    expect(html).not.toContain("New API key");
    // All three expire in 30 days, on February 14.
    expect(text).toContain("2 keys expire within 30 days.");
    expect((await open("/admin/apiKeys", "ada@example.org")).text).toContain("3 keys expire within 30 days.");
  });

  test("of these programs only shows how it is used, and its refused calls but those to other programs", async () => {
    const { text } = await open(`/admin/apiKeys/${ids.snow}`);
    expect(text).toContain("Last used Jan 15, 2026");
    expect(text).toContain("Call count 2");
    expect(text).toContain(list("snow-removal"));
    expect(text).toContain("/api/v1/checkAuth");
    // Two of four.
    expect(text).toContain("2 refused in the last 30 days.");
    expect(text).not.toContain("Audit events");
  });

  test("with other grants shows neither those nor how it is used, nor its note", async () => {
    const { text } = await open(`/admin/apiKeys/${ids.shared}`);
    expect(text).toContain("so you can’t see how often it is used");
    expect(text).not.toContain("Last used");
    expect(text).not.toContain("Call count");
    expect(text).not.toContain("Note");
    expect(text).not.toContain("Calls by address");
    expect(text).toContain("2 refused in the last 30 days.");
    const whole = (await open(`/admin/apiKeys/${ids.shared}`, "ada@example.org")).text;
    expect(whole).toContain("Call count 3");
    expect(whole).toContain("Also for the gardener");
    expect(whole).toContain("3 refused in the last 30 days.");
    expect(whole).toContain("Audit events");
  });

  test("that had other grants doesn't show how it was used with them", async () => {
    const { apiKey, token } = await makeKey(app, {
      keyName: "Narrowed",
      grants: ["snow-removal", "secret-garden"].map((slug) => ({ slug, ...read })),
    });
    await app.call(list("secret-garden"), token);
    await app.usage.flush();
    const form = { ...describeForNarrowing(apiKey, zone), grants: [{ slug: "snow-removal", ...read }] };
    await narrowApiKey(app.database.db, { id: apiKey.id, form, zone, actor, now: noon });
    expect((await open(`/admin/apiKeys/${apiKey.id}`)).text).toContain("so you can’t see how often it is used");
    expect((await open(`/admin/apiKeys/${apiKey.id}`, "ada@example.org")).text).toContain("Call count 1");
    await retireApiKey(app.database.db, { id: apiKey.id, actor, now: noon });
  });

  test("is not found by where it was used last when that is not shown", async () => {
    expect((await open("/admin/apiKeys?q=203.0.113.7")).text).not.toContain("Shared reports");
  });
});

test("refused calls are those of the program's keys, to the program or to none", async () => {
  const { text } = await open("/admin/refusals");
  expect(text.match(/Request ID /g)).toHaveLength(4);
  expect(text).not.toContain("Fingerprint");
});

test("a key that set a status is a link only while they may see it", async () => {
  const { apiKey, token } = await makeKey(app, {
    keyName: "Case workers",
    grants: [
      { slug: "snow-removal", permission: "WRITE" },
      { slug: "secret-garden", permission: "READ" },
    ],
  });
  const headers = { "content-type": "application/json" };
  await app.call(`${list("snow-removal")}/1/status`, token, { method: "POST", headers, body: '{"status":"Approved"}' });
  const page = "/admin/programs/snow-removal/applications/1";
  const link = `href="/admin/apiKeys/${apiKey.id}"`;
  expect((await open(page)).html).toContain(link);
  await app.database.client`delete from grants where api_key_id = ${apiKey.id} and permission = 'WRITE'`;
  const { html, text } = await open(page);
  expect(text).toContain("Case workers");
  expect(html).not.toContain(link);
  expect((await open(page, "ada@example.org")).html).toContain(link);
});

test("who is an auditor as well sees all programs and keys, and applications of their own programs", async () => {
  const email = "both@example.org";
  expect((await open("/admin/programs", email)).text).toContain("Secret Garden");
  expect((await open(`/admin/apiKeys/${ids.shared}`, email)).text).toContain("Call count 3");
  expect((await open("/admin/applications", email)).text).not.toContain("Secret Garden");
  expect((await open("/admin/programs/secret-garden/applications/2", email)).status).toBe(404);
  expect((await open("/admin/programs/snow-removal/applications/1", email)).status).toBe(200);
  const { html } = await open("/admin/programs", email);
  expect(html).toContain('href="/admin/programs/snow-removal/applications"');
  expect(html).not.toContain('href="/admin/programs/secret-garden/applications"');
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { getApiKey } from "../../../src/domain/access/keys/find.ts";
import { retireApiKey } from "../../../src/domain/access/keys/retire.ts";
import { type AdminAtPages, signInToPages } from "../../support/admin-pages.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { actor, makeAdmin, makeKey, makeProgram, makeWideKey } from "../../support/factories.ts";
import { elementById, readElements } from "../../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  await makeProgram(app, { id: 2, adminName: "food-vouchers", name: "Food vouchers" });
  admin = await signInToPages(app);
});
afterAll(() => app.close());

const pathOf = (id: number) => `/admin/apiKeys/${id}`;
const narrow = (id: number, fields: Record<string, string>) => admin.send(`${pathOf(id)}/narrow`, fields);

/** What a browser would send of the form as it is shown. */
async function readForm(id: number, query = ""): Promise<Record<string, string>> {
  return fieldsOf((await admin.open(`${pathOf(id)}/narrow${query}`)).html);
}

function fieldsOf(html: string): Record<string, string> {
  const inputs = readElements(html).flatMap(({ tag, attributes }) => {
    const name = attributes.get("name");
    const isSent = attributes.get("type") !== "checkbox" || attributes.has("checked");
    return tag === "input" && name && isSent ? [[name, attributes.get("value") ?? ""]] : [];
  });
  const areas = [...html.matchAll(/<textarea[^>]*name="(\w+)"[^>]*>\n([^<]*)</g)];
  return Object.fromEntries([...inputs, ...areas.map(([, name, value]) => [name, value])]);
}

describe("narrowing a key", () => {
  test("shows the key as it is in the form, which changes nothing when it is sent back unchanged", async () => {
    const { apiKey } = await makeWideKey(app);
    const form = await readForm(apiKey.id);
    expect(form).toEqual({
      formToken: "review",
      keyName: "Case management",
      expiration: "2026-02-14",
      renewUntil: "2026-06-30",
      subnet: "203.0.113.0/24\n198.51.100.0/24",
      "grant-program-read[food-vouchers]": "true",
      "grant-program-read[snow-removal]": "true",
      "grant-program-write[snow-removal]": "true",
      contactEmail: "ops@example.org",
      note: "Ticket 4711",
    });
    const { response } = await narrow(apiKey.id, form);
    expect(response.status).toBe(303);
    const after = response.headers.get("location") ?? "";
    expect(after).toBe(`${pathOf(apiKey.id)}?narrowed=unchanged`);
    expect((await admin.open(after)).html).toContain("No changes made.");
    expect(await getApiKey(app.database.db, { actor, id: apiKey.id, now: noon })).toEqual(apiKey);
  });

  test("shows first what the form would change, and what that would have meant; then takes it away at once", async () => {
    const { apiKey, token } = await makeWideKey(app);
    const list = "/api/v1/admin/programs/snow-removal/applications";
    for (const [path, address] of [
      ["/api/v1/checkAuth", "203.0.113.7"],
      [list, "203.0.113.7"],
      [list.replace("snow-removal", "food-vouchers"), "198.51.100.7"],
    ] as const) {
      app.peer = address;
      expect((await app.call(path, token)).status).toBe(200);
    }
    app.peer = "203.0.113.7";
    await app.usage.flush();
    const used = (await admin.open(pathOf(apiKey.id))).text;
    expect(used).toContain("Snow removal Read 1 Jan 15, 2026");
    expect(used).toContain("198.51.100.7 1 Jan 15, 2026 Jan 15, 2026");
    const form = await readForm(apiKey.id);
    delete form["grant-program-read[snow-removal]"];
    const wanted = { ...form, subnet: "203.0.113.0/25" };
    const review = await narrow(apiKey.id, wanted);
    expect(review.response.status).toBe(200);
    expect(review.text).toContain("1 to 2 of 3 calls in the last 30 days would have been refused.");
    expect(review.text).toContain("API key subnet 198.51.100.0/24 203.0.113.0/24 203.0.113.0/25");
    expect(review.text).toContain("Allowed programs Food vouchers: Read Snow removal: Read Snow removal: Write");
    expect(await getApiKey(app.database.db, { actor, id: apiKey.id, now: noon })).toMatchObject({
      subnets: apiKey.subnets,
    });
    const confirmed = fieldsOf(review.html);
    expect((await narrow(apiKey.id, { ...confirmed, edit: "true" })).html).toContain("203.0.113.0/25</textarea>");
    const { response } = await narrow(apiKey.id, confirmed);
    expect(response.status).toBe(303);
    expect((await app.call(list, token)).status).toBe(401);
    app.peer = "203.0.113.200";
    expect((await app.call("/api/v1/checkAuth", token)).status).toBe(401);
    app.peer = "203.0.113.7";
    expect((await app.call("/api/v1/checkAuth", token)).status).toBe(200);
    const after = response.headers.get("location") ?? "";
    const page = await admin.open(after);
    expect(page.text).toContain("API key edited or restricted");
    expect(page.text).toContain("Changes saved.");
    // Only where it is so: an address can be made up.
    const { apiKey: other } = await makeKey(app);
    expect((await admin.open(after.replace(/\d+/, `${other.id}`))).html).not.toContain("Changes saved.");
    const denied = `${pathOf(apiKey.id)}?narrowed=unchanged`;
    expect((await admin.open(denied)).html).not.toContain("No changes made.");
    expect((await admin.open(denied)).html).toContain("No further changes made.");
    expect(page.html).toContain("203.0.113.0/25");
  });

  test("takes nothing of the form from an address, and asks nobody but browsers again", async () => {
    const { apiKey } = await makeWideKey(app);
    const link = "?subnet=203.0.113.7%2F32&keyName=Mine&note=Mine&grant-program-read[snow-removal]=true";
    const form = await readForm(apiKey.id, link);
    expect(form).toEqual(await readForm(apiKey.id));
    delete form.formToken;
    expect((await narrow(apiKey.id, { ...form, subnet: "203.0.113.7/32" })).response.status).toBe(303);
  });

  test("offers only the programs and the expiration that the key already has", async () => {
    const { apiKey } = await makeKey(app);
    const { html } = await admin.open(`${pathOf(apiKey.id)}/narrow`);
    expect(html).toContain("grant-program-read[snow-removal]");
    expect(html).not.toContain("food-vouchers");
    expect(html).not.toContain("grant-program-write[snow-removal]");
    expect(elementById(html, "expiration").attributes.get("max")).toBe("2026-02-14");
  });

  test("refuses to add access with 422 and a message at each field, and keeps what was typed", async () => {
    const { apiKey } = await makeKey(app);
    const { response, html } = await narrow(apiKey.id, {
      keyName: "Renamed",
      expiration: "2026-03-01",
      subnet: "0.0.0.0/0",
      "grant-program-read[snow-removal]": "true",
      "grant-program-read[food-vouchers]": "true",
    });
    expect(response.status).toBe(422);
    expect(html).toContain("Expiration cannot be later than 2026-02-14.");
    expect(html).toContain("Subnet 0.0.0.0/0 cannot be added. Create a new key for it.");
    expect(html).toContain("READ on food-vouchers cannot be added. Create a new key for it.");
    expect(elementById(html, "keyName").attributes.get("value")).toBe("Renamed");
    expect(await getApiKey(app.database.db, { actor, id: apiKey.id, now: noon })).toEqual(apiKey);
  });

  test("is neither offered nor allowed for a retired key", async () => {
    const { apiKey } = await makeKey(app);
    const form = await readForm(apiKey.id);
    await retireApiKey(app.database.db, { id: apiKey.id, actor, now: noon });
    expect((await admin.open(pathOf(apiKey.id))).html).not.toContain("/narrow");
    expect((await admin.open(`${pathOf(apiKey.id)}/narrow`)).response.status).toBe(409);
    expect((await narrow(apiKey.id, form)).response.status).toBe(409);
  });

  test("answers 404 for a key that does not exist", async () => {
    expect((await admin.open("/admin/apiKeys/999999/narrow")).response.status).toBe(404);
    expect((await narrow(999_999, {})).response.status).toBe(404);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { getApiKey } from "../../../src/domain/access/keys/find.ts";
import { retireApiKey } from "../../../src/domain/access/keys/retire.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { actor, makeAdmin, makeKey, makeProgram, ownForm, signIn } from "../../support/factories.ts";
import { elementById, readElements, readText } from "../../support/markup.ts";

let app: TestApp;
let cookie: string;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  await makeProgram(app, { id: 2, adminName: "food-vouchers", name: "Food vouchers" });
  cookie = await signIn(app);
});
afterAll(() => app.close());

const pathOf = (id: number) => `/admin/apiKeys/${id}`;
const open = async (path: string) => {
  const response = await app.request(path, { headers: { cookie } });
  return { response, text: await response.text() };
};
const narrow = async (id: number, fields: Record<string, string>) => {
  const response = await app.request(`${pathOf(id)}/narrow`, {
    method: "POST",
    headers: { ...ownForm, cookie },
    body: new URLSearchParams(fields),
  });
  return { response, text: await response.text() };
};

const wideKey = () =>
  makeKey(app, {
    note: "Ticket 4711",
    contactEmail: "ops@example.org",
    subnet: "203.0.113.0/24, 198.51.100.0/24",
    grants: [
      { slug: "food-vouchers", permission: "READ" },
      { slug: "snow-removal", permission: "READ" },
      { slug: "snow-removal", permission: "WRITE" },
    ],
  });

/** What a browser would send of the form as it is shown. */
async function readForm(id: number): Promise<Record<string, string>> {
  const { text } = await open(`${pathOf(id)}/narrow`);
  const inputs = readElements(text).flatMap(({ tag, attributes }) => {
    const name = attributes.get("name");
    const isSent = attributes.get("type") !== "checkbox" || attributes.has("checked");
    return tag === "input" && name && isSent ? [[name, attributes.get("value") ?? ""]] : [];
  });
  const areas = [...text.matchAll(/<textarea[^>]*name="(\w+)"[^>]*>\n([^<]*)</g)];
  return Object.fromEntries([...inputs, ...areas.map(([, name, value]) => [name, value])]);
}

describe("narrowing a key", () => {
  test("starts from the key as it is: sent back unchanged, the form changes nothing", async () => {
    const { apiKey } = await wideKey();
    const form = await readForm(apiKey.id);
    expect(form).toEqual({
      keyName: "Case management",
      expiration: "2026-02-14",
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
    expect((await open(after)).text).toContain("No changes made.");
    expect(await getApiKey(app.database.db, { id: apiKey.id, now: noon })).toEqual(apiKey);
  });

  test("takes away what is missing, at once, and the key's page tells of it", async () => {
    const { apiKey, token } = await wideKey();
    const form = await readForm(apiKey.id);
    delete form["grant-program-read[snow-removal]"];
    const { response } = await narrow(apiKey.id, { ...form, subnet: "203.0.113.0/25" });
    expect(response.status).toBe(303);
    const list = "/api/v1/admin/programs/snow-removal/applications";
    expect((await app.call(list, token)).status).toBe(401);
    app.peer = "203.0.113.200";
    expect((await app.call("/api/v1/checkAuth", token)).status).toBe(401);
    app.peer = "203.0.113.7";
    expect((await app.call("/api/v1/checkAuth", token)).status).toBe(200);
    const after = response.headers.get("location") ?? "";
    const page = await open(after);
    expect(readText(page.text)).toContain("API key edited or restricted");
    expect(readText(page.text)).toContain("Changes saved.");
    // Only where it is so: an address can be made up.
    const { apiKey: other } = await makeKey(app);
    expect((await open(after.replace(/\d+/, `${other.id}`))).text).not.toContain("Changes saved.");
    const denied = `${pathOf(apiKey.id)}?narrowed=unchanged`;
    expect((await open(denied)).text).not.toContain("No changes made.");
    expect((await open(denied)).text).toContain("No further changes made.");
    expect(page.text).toContain("203.0.113.0/25");
  });

  test("offers only what the key has", async () => {
    const { apiKey } = await makeKey(app);
    const { text } = await open(`${pathOf(apiKey.id)}/narrow`);
    expect(text).toContain("grant-program-read[snow-removal]");
    expect(text).not.toContain("food-vouchers");
    expect(text).not.toContain("grant-program-write[snow-removal]");
    expect(elementById(text, "expiration").attributes.get("max")).toBe("2026-02-14");
  });

  test("never widens: 422 with a message at each field, and what was typed", async () => {
    const { apiKey } = await makeKey(app);
    const { response, text } = await narrow(apiKey.id, {
      keyName: "Renamed",
      expiration: "2026-03-01",
      subnet: "0.0.0.0/0",
      "grant-program-read[snow-removal]": "true",
      "grant-program-read[food-vouchers]": "true",
    });
    expect(response.status).toBe(422);
    expect(text).toContain("Expiration cannot be later than 2026-02-14.");
    expect(text).toContain("Subnet 0.0.0.0/0 cannot be added. Create a new key for it.");
    expect(text).toContain("READ on food-vouchers cannot be added. Create a new key for it.");
    expect(elementById(text, "keyName").attributes.get("value")).toBe("Renamed");
    expect(await getApiKey(app.database.db, { id: apiKey.id, now: noon })).toEqual(apiKey);
  });

  test("is not offered for, and not done to, a retired key", async () => {
    const { apiKey } = await makeKey(app);
    const form = await readForm(apiKey.id);
    await retireApiKey(app.database.db, { id: apiKey.id, actor, now: noon });
    expect((await open(pathOf(apiKey.id))).text).not.toContain("/narrow");
    expect((await open(`${pathOf(apiKey.id)}/narrow`)).response.status).toBe(409);
    expect((await narrow(apiKey.id, form)).response.status).toBe(409);
  });

  test("answers 404 for a key that does not exist", async () => {
    expect((await open("/admin/apiKeys/999999/narrow")).response.status).toBe(404);
    expect((await narrow(999_999, {})).response.status).toBe(404);
  });
});

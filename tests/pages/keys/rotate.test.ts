import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { getApiKey } from "../../../src/domain/access/keys/find.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { makeAdmin, makeKey, makeProgram, ownForm, password, signIn } from "../../support/factories.ts";
import { elementById, readElements, readText } from "../../support/markup.ts";

let app: TestApp;
let cookie: string;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  cookie = await signIn(app);
});
afterAll(() => app.close());

const pathOf = (id: number) => `/admin/apiKeys/${id}`;
const open = async (path: string) => {
  const response = await app.request(path, { headers: { cookie } });
  return { response, text: await response.text() };
};
const rotate = async (id: number, fields: Record<string, string> = {}) => {
  const form = { expiration: "2026-06-30", grace: "24h", ...fields };
  const response = await app.request(`${pathOf(id)}/rotate`, {
    method: "POST",
    headers: { ...ownForm, cookie },
    body: new URLSearchParams(form),
  });
  return { response, text: await response.text() };
};
const textOf = (html: string, id: string) => new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(html)?.[1] ?? "";

describe("rotating a key", () => {
  test("is offered on its page, and answered with the successor's credentials, once", async () => {
    const old = await makeKey(app);
    const page = await open(pathOf(old.apiKey.id));
    expect(page.text).toContain(`${pathOf(old.apiKey.id)}/rotate`);
    const { response, text } = await rotate(old.apiKey.id);
    expect(response.status).toBe(201);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(text).not.toContain("htmx");
    const token = textOf(text, "api-key-credentials");
    const [keyId = "", secret = "-"] = atob(token).split(":");
    expect(readText(text)).toContain(`${old.keyId} works until Jan 16, 2026, 12:00 PM PST`);
    for (const each of [token, old.token]) {
      expect((await app.call("/api/v1/checkAuth", each)).status).toBe(200);
    }
    const successor = await getApiKey(app.database.db, { keyId, now: noon });
    for (const path of ["/admin/apiKeys", pathOf(successor.id), pathOf(old.apiKey.id)]) {
      const later = await open(path);
      expect(later.text).toContain(keyId);
      expect(later.text).not.toContain(secret);
      expect(later.text).not.toContain(token);
    }
    expect(JSON.stringify(app.logLines)).not.toContain(secret);
  });

  test("links the two keys both ways, and offers no second rotation", async () => {
    const old = await makeKey(app);
    const made = await rotate(old.apiKey.id);
    const keyId = textOf(made.text, "api-key-username");
    const { id } = await getApiKey(app.database.db, { keyId, now: noon });
    const oldPage = await open(pathOf(old.apiKey.id));
    const newPage = await open(pathOf(id));
    expect(readText(oldPage.text)).toContain(`Rotated to ${keyId}`);
    expect(oldPage.text).toContain(`href="${pathOf(id)}"`);
    expect(oldPage.text).not.toContain("/rotate");
    expect(readText(newPage.text)).toContain(`Rotated from ${old.keyId}`);
    expect(newPage.text).toContain(`href="${pathOf(old.apiKey.id)}"`);
    expect((await open(`${pathOf(old.apiKey.id)}/rotate`)).response.status).toBe(409);
  });

  test("sent twice makes one successor, and shows its credentials once", async () => {
    const { apiKey } = await makeKey(app);
    const answers = await Promise.all([rotate(apiKey.id), rotate(apiKey.id)]);
    expect(answers.map(({ response }) => response.status).toSorted()).toEqual([201, 409]);
    const refused = answers.find(({ response }) => response.status === 409);
    expect(refused?.text).toContain("has already been rotated");
    expect(refused?.text).not.toContain("cvs_");
  });

  test("without grace ends the old key with the answer", async () => {
    const old = await makeKey(app);
    const { text } = await rotate(old.apiKey.id, { grace: "0" });
    expect(readText(text)).toContain(`${old.keyId} no longer works.`);
    expect((await app.call("/api/v1/checkAuth", old.token)).status).toBe(401);
    expect((await open("/admin/apiKeys/expired")).text).toContain(old.keyId);
  });

  test("shows all problems in place, and keeps what was chosen", async () => {
    const { apiKey } = await makeKey(app);
    const { response, text } = await rotate(apiKey.id, { expiration: "soon", grace: "7d" });
    expect(response.status).toBe(422);
    expect(text).toContain("Expiration must be in the form YYYY-MM-DD.");
    expect(elementById(text, "expiration").attributes.get("value")).toBe("soon");
    expect(elementById(text, "grace_7d").attributes.has("checked")).toBe(true);
    const none = await rotate(apiKey.id, { expiration: "", grace: "forever" });
    expect(none.text).toContain("Expiration cannot be blank.");
    expect(none.text).toContain("Choose how long the old key keeps working.");
    expect(readElements(none.text).filter(({ attributes }) => attributes.has("checked"))).toEqual([]);
  });

  test("says of every grace when it ends, never later than the key would", async () => {
    const { apiKey } = await makeKey(app, { expiration: "2026-01-17" });
    const text = readText((await open(`${pathOf(apiKey.id)}/rotate`)).text);
    expect(text).toContain("24 hours Until Jan 16, 2026, 12:00 PM PST.");
    expect(text).toContain("7 days Until it expires, Jan 17, 2026, 12:00 AM PST.");
  });

  test("answers 404 for a key that does not exist", async () => {
    expect((await rotate(999_999)).response.status).toBe(404);
    expect((await open("/admin/apiKeys/x/rotate")).response.status).toBe(404);
  });

  test("asks for the password again when the session is older than fifteen minutes", async () => {
    const { apiKey } = await makeKey(app);
    app.now = new Date(noon.getTime() + 16 * 60_000);
    const asked = await open(`${pathOf(apiKey.id)}/rotate`);
    expect(asked.text).toContain('name="currentPassword"');
    const without = await rotate(apiKey.id);
    expect(without.response.status).toBe(422);
    expect(without.text).toContain("Enter your password.");
    const wrong = await rotate(apiKey.id, { currentPassword: "not the password" });
    expect(wrong.response.status).toBe(422);
    const right = await rotate(apiKey.id, { currentPassword: password });
    expect(right.response.status).toBe(201);
    app.now = noon;
  });

  test("is refused from another site", async () => {
    const { apiKey } = await makeKey(app);
    const response = await app.request(`${pathOf(apiKey.id)}/rotate`, {
      method: "POST",
      headers: { ...ownForm, "sec-fetch-site": "cross-site", cookie },
      body: new URLSearchParams({ expiration: "2026-06-30", grace: "0" }),
    });
    expect(response.status).toBe(403);
  });
});

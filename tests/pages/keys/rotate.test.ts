import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { getApiKey } from "../../../src/domain/access/keys/find.ts";
import { type AdminAtPages, signInToPages } from "../../support/admin-pages.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { actor, makeAdmin, makeKey, makeProgram, password } from "../../support/factories.ts";
import { elementById, readElements, readText, textById } from "../../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  admin = await signInToPages(app);
});
afterAll(() => app.close());

const pathOf = (id: number) => `/admin/apiKeys/${id}`;
const rotate = (id: number, fields: Record<string, string> = {}) =>
  admin.send(`${pathOf(id)}/rotate`, { expiration: "2026-06-30", grace: "24h", ...fields });

describe("rotating a key", () => {
  test("is offered on the key's page, and shows the new key's credentials only in the answer", async () => {
    const old = await makeKey(app);
    const page = await admin.open(pathOf(old.apiKey.id));
    expect(page.html).toContain(`${pathOf(old.apiKey.id)}/rotate`);
    const { response, html } = await rotate(old.apiKey.id);
    expect(response.status).toBe(201);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(html).not.toContain("htmx");
    const token = textById(html, "api-key-credentials");
    const [keyId = "", secret = "-"] = atob(token).split(":");
    expect(readText(html)).toContain(`${old.keyId} works until Jan 16, 2026, 12:00 PM PST`);
    for (const each of [token, old.token]) {
      expect((await app.call("/api/v1/checkAuth", each)).status).toBe(200);
    }
    const successor = await getApiKey(app.database.db, { actor, keyId, now: noon });
    for (const path of ["/admin/apiKeys", pathOf(successor.id), pathOf(old.apiKey.id)]) {
      const later = await admin.open(path);
      expect(later.html).toContain(keyId);
      expect(later.html).not.toContain(secret);
      expect(later.html).not.toContain(token);
    }
    expect(JSON.stringify(app.logLines)).not.toContain(secret);
  });

  test("links the old and the new key to each other, and cannot be done twice", async () => {
    const old = await makeKey(app);
    const made = await rotate(old.apiKey.id);
    const keyId = textById(made.html, "api-key-username");
    const { id } = await getApiKey(app.database.db, { actor, keyId, now: noon });
    const oldPage = await admin.open(pathOf(old.apiKey.id));
    const newPage = await admin.open(pathOf(id));
    expect(oldPage.text).toContain(`Replaced by ${keyId}`);
    expect(oldPage.html).toContain(`href="${pathOf(id)}"`);
    expect(oldPage.html).not.toContain("/rotate");
    expect(newPage.text).toContain(`Replaces ${old.keyId}`);
    expect(newPage.html).toContain(`href="${pathOf(old.apiKey.id)}"`);
    expect((await admin.open(`${pathOf(old.apiKey.id)}/rotate`)).response.status).toBe(409);
  });

  test("leads a reload of the new credentials to the new key's page, and another form nowhere", async () => {
    const { apiKey } = await makeKey(app);
    const { html } = await admin.open(`${pathOf(apiKey.id)}/rotate`);
    const formToken = /name="formToken" value="([^"]+)"/.exec(html)?.[1] ?? "";
    const made = await rotate(apiKey.id, { formToken });
    expect(readText(made.html)).toContain(`Rotated API key: ${apiKey.name}`);
    const keyId = textById(made.html, "api-key-username");
    const { id } = await getApiKey(app.database.db, { actor, keyId, now: noon });
    const { response } = await rotate(apiKey.id, { formToken });
    expect([response.status, response.headers.get("location")]).toEqual([303, `${pathOf(id)}?created=true`]);
    expect((await rotate(apiKey.id, { formToken: crypto.randomUUID() })).response.status).toBe(409);
  });

  test("makes one new key when the form is sent twice, and shows its credentials once", async () => {
    const { apiKey } = await makeKey(app);
    const answers = await Promise.all([rotate(apiKey.id), rotate(apiKey.id)]);
    expect(answers.map(({ response }) => response.status).toSorted()).toEqual([201, 409]);
    const refused = answers.find(({ response }) => response.status === 409);
    expect(refused?.html).toContain("has already been rotated");
    expect(refused?.html).not.toContain("cvs_");
  });

  test("stops the old key at once when no grace period is chosen", async () => {
    const old = await makeKey(app);
    const { html } = await rotate(old.apiKey.id, { grace: "0" });
    expect(readText(html)).toContain(`${old.keyId} no longer works.`);
    expect((await app.call("/api/v1/checkAuth", old.token)).status).toBe(401);
    expect((await admin.open("/admin/apiKeys/expired")).html).toContain(old.keyId);
  });

  test("shows every problem at its field, and keeps what was chosen", async () => {
    const { apiKey } = await makeKey(app);
    const { response, html } = await rotate(apiKey.id, { expiration: "soon", grace: "7d" });
    expect(response.status).toBe(422);
    expect(html).toContain("Expiration must be in the form YYYY-MM-DD.");
    expect(elementById(html, "expiration").attributes.get("value")).toBe("soon");
    expect(elementById(html, "grace_7d").attributes.has("checked")).toBe(true);
    const none = await rotate(apiKey.id, { expiration: "", grace: "forever" });
    expect(none.html).toContain("Expiration cannot be blank.");
    expect(none.html).toContain("Choose how long the old key keeps working.");
    expect(readElements(none.html).filter(({ attributes }) => attributes.has("checked"))).toEqual([]);
  });

  test("says when each grace period ends, never later than the old key expires", async () => {
    const { apiKey } = await makeKey(app, { expiration: "2026-01-17" });
    const { text } = await admin.open(`${pathOf(apiKey.id)}/rotate`);
    expect(text).toContain("24 hours Until Jan 16, 2026, 12:00 PM PST.");
    expect(text).toContain("7 days Until it expires, Jan 17, 2026, 12:00 AM PST.");
  });

  test("answers 404 for a key that does not exist", async () => {
    expect((await rotate(999_999)).response.status).toBe(404);
    expect((await admin.open("/admin/apiKeys/x/rotate")).response.status).toBe(404);
  });

  test("asks for the password again when the session is older than fifteen minutes", async () => {
    const { apiKey } = await makeKey(app);
    app.now = new Date(noon.getTime() + 16 * 60_000);
    const asked = await admin.open(`${pathOf(apiKey.id)}/rotate`);
    expect(asked.html).toContain('name="currentPassword"');
    const without = await rotate(apiKey.id);
    expect(without.response.status).toBe(422);
    expect(without.html).toContain("Enter your password.");
    const wrong = await rotate(apiKey.id, { currentPassword: "not the password" });
    expect(wrong.response.status).toBe(422);
    const right = await rotate(apiKey.id, { currentPassword: password });
    expect(right.response.status).toBe(201);
    app.now = noon;
  });

  test("is refused when the form comes from another site", async () => {
    const { apiKey } = await makeKey(app);
    const form = { expiration: "2026-06-30", grace: "0" };
    const foreign = { "sec-fetch-site": "cross-site" };
    const { response } = await admin.send(`${pathOf(apiKey.id)}/rotate`, form, foreign);
    expect(response.status).toBe(403);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { makeAdmin, makeProgram, ownForm, password, signIn } from "../support/factories.ts";
import { elementById, readElements, readText } from "../support/markup.ts";

let app: TestApp;
let cookie: string;
const page = "/admin/apiKeys/new";

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { id: 1, adminName: "zebra-care", name: "Zebra care" });
  await makeProgram(app, { id: 2, adminName: "elsewhere", programType: "EXTERNAL" });
  await makeProgram(app, { id: 3, adminName: "a-draft", name: "Bird seed", publish: false });
  cookie = await signIn(app);
});
afterAll(() => app.close());

const open = async (path: string, headers: Record<string, string> = {}) => {
  const response = await app.request(path, { headers: { cookie, ...headers } });
  return { response, text: await response.text() };
};
const send = async (path: string, fields: Record<string, string>) => {
  const init = { method: "POST", headers: { ...ownForm, cookie } };
  const response = await app.request(path, { ...init, body: new URLSearchParams(fields) });
  return { response, text: await response.text() };
};
const offeredIn = (html: string) =>
  readElements(html).flatMap(({ attributes }) => {
    const [, slug] = /^grant-program-read\[(.*)\]$/.exec(attributes.get("name") ?? "") ?? [];
    return slug === undefined ? [] : [slug];
  });
const isChecked = (html: string, id: string) => elementById(html, id).attributes.has("checked");

test("few programs are all listed by name, drafts too, external ones never", async () => {
  const { text } = await open(page);
  expect(offeredIn(text)).toEqual(["a-draft", "zebra-care"]);
  expect(readText(text)).toContain("Bird seed a-draft Not published yet");
  expect(text).not.toContain("programSearch");
});

describe("many programs", () => {
  beforeAll(async () => {
    await app.database.client`
      insert into programs (slug, admin_name, name, program_type, created_at)
      select 'program-' || n, 'p' || n, 'Program ' || lpad(n::text, 3, '0'), 'DEFAULT', now()
      from generate_series(1, 60) n`;
  });

  test("are not all listed, and any of them can be granted by a form that names it", async () => {
    const { text } = await open(page);
    expect(offeredIn(text)).toHaveLength(20);
    expect(readText(text)).toContain("The first 20 of 62 programs.");
    const { response } = await send("/admin/apiKeys", {
      keyName: "By a script",
      expiration: "2026-06-30",
      subnet: "10.0.0.0/8",
      "grant-program-read[program-60]": "true",
    });
    expect(response.status).toBe(201);
  });

  test("are searched for by a part of name or slug, whatever it holds", async () => {
    const found = async (search: string) =>
      offeredIn((await open(`${page}?${new URLSearchParams({ programSearch: search })}`)).text);
    expect(await found("PROGRAM 059")).toEqual(["program-59"]);
    expect(await found("zebra-c")).toEqual(["zebra-care"]);
    expect(await found("elsewhere")).toEqual([]);
    for (const search of ["%", "_", "\\", "'", "<b>"]) expect(await found(search)).toEqual([]);
  });

  test("are a fragment for htmx, which never has a form or a choice in it", async () => {
    const { response, text } = await open(`${page}?programSearch=zebra`, { "hx-request": "true" });
    expect(response.headers.get("vary")).toContain("HX-Request");
    expect(offeredIn(text)).toEqual(["zebra-care"]);
    expect(elementById(text, "programs_found").tag).toBe("div");
    expect(text).not.toMatch(/<form|<html|checked/);
  });

  test("are searched for without losing anything of the form, except a password", async () => {
    const before = await app.database.client`select count(*) from api_keys`;
    const { response, text } = await send(page, {
      keyName: "Kept <name>",
      expiration: "not yet known",
      subnet: "10.0.0.0/8\n192.0.2.1/32",
      contactEmail: "ops@example.org",
      note: "Kept note",
      formToken: "the-same-form",
      currentPassword: password,
      programSearch: "zebra",
      "grant-program-read[program-7]": "true",
      "grant-program-write[program-8]": "true",
      "grant-program-read[elsewhere]": "true",
      "grant-program-read[no-such]": "true",
    });
    expect(response.status).toBe(200);
    const typed = (id: string) => elementById(text, id).attributes.get("value");
    expect(["keyName", "expiration", "contactEmail", "program_search"].map(typed)).toEqual([
      "Kept <name>",
      "not yet known",
      "ops@example.org",
      "zebra",
    ]);
    expect(text).toContain("10.0.0.0/8\n192.0.2.1/32</textarea>");
    expect(text).toContain("Kept note</textarea>");
    expect(text).toContain('value="the-same-form"');
    expect(offeredIn(text)).toEqual(["program-7", "program-8", "zebra-care"]);
    const boxes = ["program-7", "write_program-7", "program-8", "write_program-8", "zebra-care"];
    expect(boxes.map((id) => isChecked(text, id))).toEqual([true, false, false, true, false]);
    expect(text).not.toContain(password);
    expect(text).not.toContain("There is 1 problem");
    expect(await app.database.client`select count(*) from api_keys`).toEqual(before);
  });

  test("keep what is chosen and searched for when the form has problems", async () => {
    const { response, text } = await send("/admin/apiKeys", {
      "grant-program-read[program-60]": "true",
      programSearch: "zebra",
    });
    expect(response.status).toBe(422);
    expect(offeredIn(text)).toEqual(["program-60", "zebra-care"]);
    expect(isChecked(text, "program-60")).toBeTrue();
  });
});

test("an address cannot fill in the form, so a stranger's link cannot prepare a key", async () => {
  const query = new URLSearchParams({
    keyName: "Stranger",
    subnet: "198.51.100.0/24",
    "grant-program-read[zebra-care]": "true",
    formToken: "strangers-token",
  });
  const { text } = await open(`${page}?${query}`);
  expect(text).not.toMatch(/Stranger|198\.51\.100\.0|strangers-token| checked/);
});

test("searching needs a page of ours, like every form", async () => {
  const response = await app.request(page, {
    method: "POST",
    headers: { ...ownForm, cookie, "sec-fetch-site": "cross-site" },
    body: new URLSearchParams({ programSearch: "zebra" }),
  });
  expect(response.status).toBe(403);
});

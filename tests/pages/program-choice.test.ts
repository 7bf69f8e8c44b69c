import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type AdminAtPages, signInToPages } from "../support/admin-pages.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { makeAdmin, makeProgram, password } from "../support/factories.ts";
import { elementById, readElements, readText } from "../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;
const page = "/admin/apiKeys/new";

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { id: 1, adminName: "zebra-care", name: "Zebra care" });
  await makeProgram(app, { id: 2, adminName: "elsewhere", programType: "EXTERNAL" });
  await makeProgram(app, { id: 3, adminName: "a-draft", name: "Bird seed", publish: false });
  admin = await signInToPages(app);
});
afterAll(() => app.close());

const offeredIn = (html: string) =>
  readElements(html).flatMap(({ attributes }) => {
    const [, slug] = /^grant-program-read\[(.*)\]$/.exec(attributes.get("name") ?? "") ?? [];
    return slug === undefined ? [] : [slug];
  });
const isChecked = (html: string, id: string) => elementById(html, id).attributes.has("checked");

test("few programs are all listed by name, drafts too, external ones never", async () => {
  const { html } = await admin.open(page);
  expect(offeredIn(html)).toEqual(["a-draft", "zebra-care"]);
  expect(readText(html)).toContain("Bird seed a-draft Not published yet");
  expect(html).not.toContain("programSearch");
});

describe("many programs", () => {
  beforeAll(async () => {
    await app.database.client`
      insert into programs (slug, admin_name, name, program_type, created_at)
      select 'program-' || n, 'p' || n, 'Program ' || lpad(n::text, 3, '0'), 'DEFAULT', now()
      from generate_series(1, 60) n`;
  });

  test("are not all listed, and any of them can be granted by a form that names it", async () => {
    const { html } = await admin.open(page);
    expect(offeredIn(html)).toHaveLength(20);
    expect(readText(html)).toContain("The first 20 of 62 programs.");
    const { response } = await admin.send("/admin/apiKeys", {
      keyName: "By a script",
      expiration: "2026-06-30",
      subnet: "10.0.0.0/8",
      "grant-program-read[program-60]": "true",
    });
    expect(response.status).toBe(201);
  });

  test("are searched for by a part of name or slug, whatever it holds", async () => {
    const found = async (search: string) =>
      offeredIn((await admin.open(`${page}?${new URLSearchParams({ programSearch: search })}`)).html);
    expect(await found("PROGRAM 059")).toEqual(["program-59"]);
    expect(await found("zebra-c")).toEqual(["zebra-care"]);
    expect(await found("elsewhere")).toEqual([]);
    for (const search of ["%", "_", "\\", "'", "<b>"]) expect(await found(search)).toEqual([]);
  });

  test("are a fragment for htmx, which never has a form or a choice in it", async () => {
    const { response, html } = await admin.open(`${page}?programSearch=zebra`, { "hx-request": "true" });
    expect(response.headers.get("vary")).toContain("HX-Request");
    expect(offeredIn(html)).toEqual(["zebra-care"]);
    expect(elementById(html, "programs_found").tag).toBe("div");
    expect(html).not.toMatch(/<form|<html|checked/);
  });

  test("are searched for without losing anything of the form, except a password", async () => {
    const before = await app.database.client`select count(*) from api_keys`;
    const { response, html } = await admin.send(page, {
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
    const typed = (id: string) => elementById(html, id).attributes.get("value");
    expect(["keyName", "expiration", "contactEmail", "program_search"].map(typed)).toEqual([
      "Kept <name>",
      "not yet known",
      "ops@example.org",
      "zebra",
    ]);
    expect(html).toContain("10.0.0.0/8\n192.0.2.1/32</textarea>");
    expect(html).toContain("Kept note</textarea>");
    expect(html).toContain('value="the-same-form"');
    expect(offeredIn(html)).toEqual(["program-7", "program-8", "zebra-care"]);
    const boxes = ["program-7", "write_program-7", "program-8", "write_program-8", "zebra-care"];
    expect(boxes.map((id) => isChecked(html, id))).toEqual([true, false, false, true, false]);
    expect(html).not.toContain(password);
    expect(html).not.toContain("There is 1 problem");
    expect(await app.database.client`select count(*) from api_keys`).toEqual(before);
  });

  test("keep what is chosen and searched for when the form has problems", async () => {
    const { response, html } = await admin.send("/admin/apiKeys", {
      "grant-program-read[program-60]": "true",
      programSearch: "zebra",
    });
    expect(response.status).toBe(422);
    expect(offeredIn(html)).toEqual(["program-60", "zebra-care"]);
    expect(isChecked(html, "program-60")).toBeTrue();
  });
});

test("an address cannot fill in the form, so a stranger's link cannot prepare a key", async () => {
  const query = new URLSearchParams({
    keyName: "Stranger",
    subnet: "198.51.100.0/24",
    "grant-program-read[zebra-care]": "true",
    formToken: "strangers-token",
  });
  const { html } = await admin.open(`${page}?${query}`);
  expect(html).not.toMatch(/Stranger|198\.51\.100\.0|strangers-token| checked/);
});

test("searching needs a page of ours, like every form", async () => {
  const { response } = await admin.send(page, { programSearch: "zebra" }, { "sec-fetch-site": "cross-site" });
  expect(response.status).toBe(403);
});

import { afterAll, beforeAll, expect, test } from "bun:test";
import { getApiKey } from "../../../src/domain/access/keys/find.ts";
import { importProgram } from "../../../src/domain/programs/import.ts";
import { type AdminAtPages, signInToPages } from "../../support/admin-pages.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { makeAdmin, makeKey } from "../../support/factories.ts";
import { importedAt, makeExport, operator } from "../../support/imports.ts";
import { elementById, readElements, readText } from "../../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;
beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  const questions = [
    { name: "income" },
    { name: "full name", type: "name" },
    { name: "ssn" },
    { name: "pets", type: "enumerator" },
  ];
  const document = makeExport({ adminName: "childcare", questions: [...questions, { name: "age", under: "pets" }] });
  const tags = { questionTags: ["DEMOGRAPHIC_PII"], universal: true, primaryApplicantInfoTags: [] };
  const tagged = document.questions.map(({ config, ...question }) => ({
    ...question,
    config: config.name === "ssn" ? { ...config, ...tags } : config,
  }));
  const text = JSON.stringify({ ...document, questions: tagged });
  await importProgram(app.database.db, { text, publish: true, actor: operator, now: importedAt });
  admin = await signInToPages(app);
});
afterAll(() => app.close());

const filled = {
  ...{ keyName: "Reports", expiration: "2026-02-14", subnet: "203.0.113.0/24", contactEmail: "", note: "" },
  "grant-program-read[childcare]": "true",
};
const mode = "grant-questions[childcare]";
const question = "grant-question[childcare]";
const checked = (html: string) =>
  readElements(html).flatMap(({ attributes }) =>
    attributes.get("name")?.startsWith("grant-question") && attributes.has("checked") ? attributes.get("value") : [],
  );

test("the questions of a program are chosen without a script, and personal ones left out with one click", async () => {
  const closed = await admin.open("/admin/apiKeys/new?program=childcare");
  expect(readText(closed.html)).toContain("All questions Choose");
  expect(closed.html).not.toContain("full_name");
  const opened = await admin.send("/admin/apiKeys/new", { keyName: "Reports", choose: "childcare" });
  expect(elementById(opened.html, "childcare").attributes.has("checked")).toBe(true);
  expect(elementById(opened.html, "keyName").attributes.get("value")).toBe("Reports");
  expect(checked(opened.html)).toEqual(["only"]);
  const shown = readText(opened.html);
  for (const words of [
    "ssn Personal ssn TEXT, DEMOGRAPHIC_PII, UNIVERSAL",
    "age age TEXT, in pets",
    "Note on the application",
  ]) {
    expect(shown).toContain(words);
  }
  const leftOut = await admin.send("/admin/apiKeys/new", { ...filled, [mode]: "only", leaveOut: "childcare" });
  expect(checked(leftOut.html)).toEqual(["except", "full_name", "ssn", "application_note", "trusted_intermediary"]);
  expect(readText(leftOut.html)).toContain(
    "childcare: all questions except application_note, full_name, ssn, and trusted_intermediary",
  );
});

test.each<[problem: string, fields: Record<string, string>, message: string]>([
  ["only, without a question", { [mode]: "only" }, "You must select at least one question of childcare."],
  [
    "a question that there is not",
    { [mode]: "except", [question]: "shoe_size" },
    "No published version of childcare has a question shoe_size.",
  ],
  ["a mode that there is not", { [mode]: "some" }, "Questions of childcare must be all, only or except."],
  [
    "questions, but all",
    { [mode]: "all", [question]: "ssn" },
    "Say whether the key sees only these questions of childcare, or all others.",
  ],
  [
    "no say how the questions are meant",
    { [question]: "ssn" },
    "Say whether the key sees only these questions of childcare, or all others.",
  ],
  [
    "a program that is not read",
    { "grant-questions[other]": "only", "grant-question[other]": "ssn" },
    "To choose questions of other, let the key read other.",
  ],
])("refuses %s with 422, and keeps what was filled in", async (_problem, fields, message) => {
  const { response, html } = await admin.send("/admin/apiKeys", { ...filled, ...fields });
  expect(response.status).toBe(422);
  expect(readText(html)).toContain(message);
  expect(elementById(html, "keyName").attributes.get("value")).toBe("Reports");
});

test("a key that sees some questions says so, is copied with them, and can only see fewer later", async () => {
  const created = await admin.send("/admin/apiKeys", { ...filled, [mode]: "except", [question]: "ssn" });
  expect(created.response.status).toBe(201);
  const [row] = await app.database.client<{ id: string }[]>`select max(id) as id from api_keys`;
  const id = Number(row?.id);
  const questionsOf = async () =>
    (await getApiKey(app.database.db, { id, actor: operator, now: noon })).grants[0]?.questions;
  expect(await questionsOf()).toEqual({ mode: "except", keys: ["ssn"] });
  const page = await admin.open(`/admin/apiKeys/${id}`);
  expect(readText(page.html)).toContain("Read (all questions except ssn)");
  const copy = await admin.send("/admin/apiKeys/new", { copyOf: String(id) });
  expect(checked(copy.html)).toEqual(["except", "ssn"]);
  const path = `/admin/apiKeys/${id}/narrow`;
  const form = await admin.open(path);
  expect(checked(form.html)).toEqual(["except", "ssn"]);
  for (const wider of [{}, { [mode]: "except", [question]: "income" }, { [mode]: "only", [question]: "ssn" }]) {
    const refused = await admin.send(path, { ...filled, ...wider });
    expect(refused.response.status).toBe(422);
    expect(readText(refused.html)).toContain("The key does not see all of these questions of childcare.");
  }
  const narrowed = await admin.send(path, { ...filled, [mode]: "only", [question]: "income" });
  expect(narrowed.response.status).toBe(303);
  expect(await questionsOf()).toEqual({ mode: "only", keys: ["income"] });
  const audit = readText((await admin.open("/admin/audit")).html);
  expect(audit).toContain("childcare: all questions except ssn → childcare: only income");
  expect(checked((await admin.open(path)).html)).toEqual(["only", "income"]);
});

test("the documents of a program, asked for with a key, describe what it sees", async () => {
  const grants = [{ slug: "childcare", permission: "READ" as const }];
  const questions = [{ slug: "childcare", mode: "only", keys: ["pets"] }];
  const { token } = await makeKey(app, { grants, questions });
  for (const path of ["/docs/api/schema/childcare", "/docs/api/programs/childcare/active"]) {
    const own = await (await app.call(path, token)).text();
    const whole = await (await app.request(path)).text();
    for (const hidden of ["income", "full_name", "ssn", "application_note"]) {
      expect(whole).toContain(hidden);
      expect([path, hidden, own.includes(hidden)]).toEqual([path, hidden, false]);
    }
    expect(own).toContain("pets");
  }
});

test("the list of keys as a file names the questions of a key that does not see all", async () => {
  await admin.send("/admin/apiKeys", { ...filled, keyName: "Some", [mode]: "only", [question]: "income" });
  await admin.send("/admin/apiKeys", { ...filled, keyName: "All" });
  const { html: csv } = await admin.open("/admin/apiKeys/download");
  const rows = csv.split("\r\n");
  expect(rows[0]).toStartWith("key_id,name,state,expires,read,questions,write,");
  expect(rows.find((row) => row.includes('"Some"'))).toContain('"childcare","childcare: only income",""');
  expect(rows.find((row) => row.includes('"All"'))).toContain('"childcare","all",""');
});

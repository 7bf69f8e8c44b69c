import { afterAll, beforeAll, expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { narrowApiKey } from "../../src/domain/access/keys/narrow.ts";
import { describeForNarrowing } from "../../src/domain/access/keys/narrow-form.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson, writeJson } from "../../src/lib/json/text.ts";
import { noAssets, noon, startTestApp, type TestApp, zone } from "../support/app.ts";
import { makeKey } from "../support/factories.ts";
import { freshSpec, importInto, makeRecord, operator, publishExport, type QuestionSpec } from "../support/imports.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
});
afterAll(() => app.close());

/** A choice as a form has it. */
interface Choice {
  readonly mode: string;
  readonly keys: readonly string[];
}

/** The whole rule, as plainly as it can be said. */
function sees({ mode, keys }: Choice, key: string): boolean {
  return mode === "all" || (mode === "only") === keys.includes(key);
}

function seesField(choice: Choice, name: string): boolean {
  if (name === "application_note") return sees(choice, "application_note");
  if (name === "ti_email" || name === "ti_organization") return sees(choice, "trusted_intermediary");
  return choice.mode !== "only" || !name.startsWith("unknown");
}

/** An application as a key with this choice sees it. */
function see(application: JsonObject, choice: Choice): JsonObject {
  const seeAnswers = (answers: JsonValue, kept: string): JsonValue =>
    isJsonObject(answers) ? filter(answers, (key) => key === kept || sees(choice, key), seeAnswer) : answers;
  const seeAnswer = (answer: JsonValue): JsonValue =>
    isJsonObject(answer) && Array.isArray(answer.entities)
      ? { ...answer, entities: answer.entities.map((entity) => seeAnswers(entity, "entity_name")) }
      : answer;
  return filter(
    application,
    (name) => seesField(choice, name),
    (value, name) => (name === "application" ? seeAnswers(value, "") : value),
  );
}

function filter(
  object: JsonObject,
  isKept: (name: string) => boolean,
  change: (value: JsonValue, name: string) => JsonValue,
): JsonObject {
  const members = Object.entries(object).filter(([name]) => isKept(name));
  return Object.fromEntries(members.map(([name, value]) => [name, change(value, name)]));
}

/** Also the name of a field of an answer, of a field of applications, and of what questions hide behind. */
const names = ["alpha", "beta", "gamma", "text", "application note", "ti email", "pets", "kids"];
const keyOf = (name: string) => name.replace(" ", "_");

/** Up to eight questions, `pets` and `kids` with questions of their own, `kids` sometimes within `pets`. */
const questions = fc
  .tuple(fc.subarray(names, { minLength: 1 }), fc.infiniteStream(fc.nat({ max: 2 })))
  .map(([asked, choices]): QuestionSpec[] =>
    asked.map((name): QuestionSpec => {
      const isEnumerator = name === "pets" || name === "kids";
      const above = ["pets", "kids"].filter((one) => one !== name && asked.includes(one) && name !== "pets");
      const under = above[(choices.next().value ?? 0) - 1];
      const type = isEnumerator ? "enumerator" : choices.next().value === 0 ? "number" : "text";
      return { name, type, ...(under === undefined ? {} : { under }) };
    }),
  );

/** Answers to questions of a level; what is unseen must be found nowhere, so each text names its place. */
function answer(specs: readonly QuestionSpec[], under: string | undefined, place: string): JsonObject {
  const level = specs.filter((spec) => spec.under === under);
  return Object.fromEntries(
    level.map(({ name, type }): [string, JsonValue] => {
      const path = `${place}/${keyOf(name)}`;
      if (type === "number")
        return [keyOf(name), { question_type: "NUMBER", number: JSON.rawJSON("12345678901234567890") }];
      if (type === "text") return [keyOf(name), { question_type: "TEXT", text: `at${path}/` }];
      const entities = ["One", "Two"].map((entity_name) => ({ entity_name, ...answer(specs, name, path) }));
      return [keyOf(name), { question_type: "ENUMERATOR", entities }];
    }),
  );
}

const unknownAnswers: JsonObject = {
  ghost: { question_type: "TEXT", text: "at/ghost/" },
  later: {
    question_type: "SOMETHING",
    entities: [{ entity_name: "X", ghost: "at/later/ghost/" }],
    raw: JSON.rawJSON("1.50"),
  },
};

const programs = fc.record({
  versions: fc.array(questions, { minLength: 1, maxLength: 2 }),
  choices: fc.array(
    fc.record({ isOnly: fc.boolean(), picks: fc.subarray([...names.map(keyOf), "trusted_intermediary"]) }),
    { minLength: 2, maxLength: 2 },
  ),
});

test("every kind of answer holds exactly what a key sees, and no byte of what it does not", async () => {
  let next = 1;
  await fc.assert(
    fc.asyncProperty(programs, async ({ versions, choices }) => {
      const spec = freshSpec();
      const [first = [], second] = versions;
      const { slug } = await publishExport(app.database.db, { ...spec, questions: first });
      const records = versions.map((asked, index) => ({
        ...makeRecord(next + index),
        ...{ program_version_id: spec.id + index, submitter_type: "TRUSTED_INTERMEDIARY" },
        ...{ application_note: null, ti_email: "at/trusted_intermediary/", ti_organization: null },
        ...{ unknown_field: "at/unknown/", application: { ...answer(asked, undefined, ""), ...unknownAnswers } },
      }));
      next += records.length;
      await importInto(app.database.db, slug, records);
      // The second application came before its version did.
      const later = { id: spec.id + 1, adminName: spec.adminName, idsFrom: 50 };
      if (second) await publishExport(app.database.db, { ...later, questions: second });
      const asked = new Set(versions.flat().map(({ name }) => keyOf(name)));
      const known = new Set([...asked, "application_note", "trusted_intermediary"]);
      const { token } = await makeKey(app, { slug, permission: "WRITE" });
      await setNote(slug, token, next - 1);
      const whole = await answersFor(slug, all, next - 1);
      for (const { isOnly, picks } of choices) {
        const keys = picks.filter((key) => known.has(key));
        const choice = keys.length === 0 ? all : { mode: isOnly ? "only" : "except", keys };
        const shown = await answersFor(slug, choice, next - 1);
        for (const [kind, body = ""] of Object.entries(shown)) {
          const expected = readers[kind]?.(whole[kind] ?? "", choice);
          expect({ kind, choice, body: readers[kind]?.(body, all) }).toEqual({ kind, choice, body: expected });
          const places = [...body.matchAll(/at\/([^"]*)\//g)].map(([, place = ""]) => place);
          const seen = places.filter((place) => place.split("/").every((key) => sees(choice, key)));
          expect({ kind, choice, places }).toEqual({ kind, choice, places: seen });
        }
      }
    }),
    { numRuns: 4 },
  );
}, 60_000);

const all: Choice = { mode: "all", keys: [] };
const pathOf = (slug: string) => `/api/v1/admin/programs/${slug}/applications`;

async function post(path: string, token: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body };
  const response = await app.call(path, token, init);
  expect([200, 201]).toContain(response.status);
  return response.text();
}

const setNote = (slug: string, token: string, id: number) =>
  post(`${pathOf(slug)}/${id}/status`, token, '{"status":"New","note":"at/application_note/"}');

/** Everything that a key with this choice is answered, by kind. */
async function answersFor(slug: string, choice: Choice, id: number): Promise<Record<string, string>> {
  const grants = (["READ", "WRITE"] as const).map((permission) => ({ slug, permission }));
  const path = pathOf(slug);
  const { token } = await makeKey(app, { grants, questions: [{ slug, ...choice }] });
  const wide = await makeKey(app, { grants });
  const submission = '{"applicant_id":7,"language":"en","application":{}}';
  const retry = { "idempotency-key": wide.keyId };
  await post(path, wide.token, submission, retry);
  const form = { ...describeForNarrowing(wide.apiKey, zone), questions: [{ slug, ...choice }] };
  await narrowApiKey(app.database.db, { id: wide.apiKey.id, form, zone, actor: operator, now: noon });
  const get = async (query: string, accept = "application/json") => {
    const response = await app.call(path + query, token, { headers: { accept } });
    expect(response.status).toBe(200);
    return response.text();
  };
  return {
    list: await get("?toDate=2026-01-01"),
    modified: await get("?modifiedSince=2020-01-01&toDate=2026-01-01"),
    stream: await get("?toDate=2026-01-01", "application/x-ndjson"),
    page: await get("?toDate=2026-01-01&pageSize=1", "application/x-ndjson"),
    table: await get("?toDate=2026-01-01", "text/csv"),
    one: await get(`/${id}`),
    history: await get(`/${id}/history`),
    status: await setNote(slug, token, id),
    submitted: await post(path, token, submission),
    retried: await post(path, wide.token, submission, retry),
  };
}

const readObject = (text: string): JsonObject => {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new Error(text);
  return value;
};
const seeText = (text: string, choice: Choice) => writeJson(see(readObject(text), choice));
const seeLines = (text: string, choice: Choice) =>
  text
    .split("\n")
    .map((line) => line && seeText(line, choice))
    .join("\n");
const seeList = (text: string, choice: Choice) => {
  const list = readObject(text);
  const payload = Array.isArray(list.payload) ? list.payload.filter(isJsonObject) : [];
  return writeJson({ ...list, payload: payload.map((application) => see(application, choice)) });
};
/** One that was submitted has an id of its own. */
const seeSubmitted = (text: string, choice: Choice) =>
  seeText(text.replace(/"application_id":\d+/, '"application_id":0'), choice);

/** What a key with a choice would be answered, from what one without is, by kind of answer. */
const readers: Readonly<Record<string, (whole: string, choice: Choice) => unknown>> = {
  list: seeList,
  modified: seeList,
  stream: seeLines,
  page: seeLines,
  one: seeText,
  status: seeText,
  submitted: seeSubmitted,
  retried: seeSubmitted,
  /** The first change: the others are more and more. */
  history(text, choice) {
    const { payload } = readObject(text);
    const first = Array.isArray(payload) ? payload.at(-1) : undefined;
    return (
      isJsonObject(first) &&
      filter(
        first,
        (name) => !/note$/.test(name) || sees(choice, "application_note"),
        (value) => value,
      )
    );
  },
  table: (text, choice) =>
    readRows(text).map((row) => {
      const cells = Object.entries(row).flatMap(([name, cell]): [string, string][] => {
        const [, key = "", field] = /^application\.(.*)\.(.*)$/.exec(name) ?? [];
        if (name === "other") return [[name, seeOther(cell, choice)]];
        if (field === undefined) return seesField(choice, name) ? [[name, cell]] : [];
        if (!sees(choice, key)) return [];
        if (field !== "entities" || cell === "") return [[name, cell]];
        const { application } = see({ application: { [key]: { entities: parseJson(cell) } } }, choice);
        return [[name, writeJson(application ?? null)]];
      });
      return Object.fromEntries(cells);
    }),
};

const readRows = (csv: string): Record<string, string>[] => parse(csv, { columns: true });

function seeOther(cell: string, choice: Choice): string {
  const { application, ...fields } = see(readObject(cell || "{}"), choice);
  const hasAnswers = isJsonObject(application) && Object.keys(application).length > 0;
  const other = { ...fields, ...(hasAnswers ? { application } : {}) };
  return Object.keys(other).length === 0 ? "" : writeJson(other);
}

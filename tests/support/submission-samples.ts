/** Generated applications to the program of every type of question: as it takes them, and with one thing wrong. */
import fc from "fast-check";
import { unansweredText } from "../../src/domain/programs/questions/types.ts";
import { anyText } from "./any-text.ts";
import type { TestApp } from "./app.ts";
import { readFixture } from "./docs-samples.ts";

/** The slug of the program that the samples are for. */
export const sampleSlug = "every-question-type";

/** Its export, whose limits the samples keep. */
export const sampleExport = readFixture("every-question-type-export.json");

/** What is sent, and what is served after that. */
export interface Sample {
  readonly sent: Record<string, unknown>;
  readonly served: Record<string, unknown>;
}

type Answer = Readonly<Record<string, unknown>>;

/** Submits a body to a program. */
export function submit(
  app: TestApp,
  token: string,
  body: unknown,
  { slug = sampleSlug, headers = {} }: { slug?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return app.call(`/api/v1/admin/programs/${slug}/applications`, token, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** A text that PostgreSQL can keep. */
const text = anyText({ maxLength: 30 }).filter((value) => !value.includes("\0") && value.isWellFormed());
const filled = text.filter((value) => value !== "");
const street = text.filter((value) => !/b(ox|in)/i.test(value));
const decimal = (max: number) => fc.integer({ min: 1 - max, max: max - 1 }).map((value) => `${value}.0462`);
const cents = fc.nat({ max: 10_000_000_000 }).map((value) => value / 100);
const day = fc
  .date({
    min: new Date("0001-01-01T00:00:00Z"),
    max: new Date("9999-12-31T00:00:00Z"),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString().slice(0, 10));
const integer = fc.maxSafeInteger();
/** As `fc.webUrl`, which takes a second of every process for a map from each escaped character back to where it came from. */
const url = fc
  .record({
    scheme: fc.constantFrom("http", "https"),
    domain: fc.domain(),
    path: fc.array(anyText({ maxLength: 8 }).map(encodeURIComponent), { maxLength: 3 }),
  })
  .map(({ scheme, domain, path }) => `${scheme}://${[domain, ...path].join("/")}`);

/** A field that is filled in, or null, or left out; a text also empty, which is null. */
function field(value: fc.Arbitrary<unknown>, unanswered: unknown = null) {
  const nothing = [null, undefined, ...(unanswered === null ? [""] : [[]])];
  return fc.oneof(
    { weight: 3, arbitrary: value.map((sent) => ({ sent, served: sent === "" ? null : sent })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...nothing).map((sent) => ({ sent, served: unanswered })),
    },
  );
}

function answer(type: string, fields: Record<string, ReturnType<typeof field>>) {
  return fc.record(fields).map((values) => {
    const pick = (name: "sent" | "served") =>
      Object.fromEntries(
        Object.entries(values).flatMap(([key, value]) => (value[name] === undefined ? [] : [[key, value[name]]])),
      );
    return {
      sent: { ...pick("sent"), question_type: type },
      served: { question_type: type, ...pick("served") },
    };
  });
}

function choices(offered: readonly string[]) {
  return fc.shuffledSubarray([...offered]).map((sent) => ({
    sent,
    served: offered.filter((name) => sent.includes(name)),
  }));
}

const uniqueTexts = fc.uniqueArray(filled, { maxLength: 3 });
const textAnswer = answer("TEXT", { text: field(text) });
const nameAnswer = answer("NAME", {
  first_name: field(text),
  middle_name: field(text),
  last_name: field(text),
  suffix: field(text),
});
const currencyAnswer = answer("CURRENCY", { currency_dollars: field(cents).filter(isNoText) });
const selection = (offered: readonly string[]) =>
  answer("SINGLE_SELECT", { selection: field(fc.constantFrom(...offered)) });

/** An empty text is no number. */
function isNoText({ sent }: { sent: unknown }): boolean {
  return sent !== "";
}

/** Answers by question key. */
type Answers = Record<string, fc.Arbitrary<{ sent: Answer; served: Answer }>>;

const questions: Answers = {
  applicant_name: nameAnswer,
  home_address: answer("ADDRESS", {
    street: field(street),
    line2: field(street),
    city: field(text),
    state: field(text),
    zip: field(fc.constantFrom("97403", "97403-1234", "00501")),
    corrected: field(fc.constantFrom("Corrected", "Failed", "AsEnteredByUser")),
    latitude: field(decimal(90)),
    longitude: field(fc.oneof(decimal(180), fc.constant("-.5"))),
    well_known_id: field(fc.nat().map(String)),
    service_area: field(text),
  }),
  pets: choices(["cat", "dog", "Parrot (any kind)"]).map(({ sent, served }) => ({
    sent: { question_type: "MULTI_SELECT", selections: sent },
    served: { question_type: "MULTI_SELECT", selections: served },
  })),
  monthly_income: currencyAnswer,
  birth_date: answer("DATE", { date: field(day) }),
  favorite_color: selection(["red", "blue"]),
  housing: selection(["rent", "own"]),
  has_children: selection(["yes", "no"]),
  email: answer("EMAIL", {
    email: field(
      fc.constantFrom(
        ...["homer@springfield.gov", "a.b+c@x-y.example.org", "o'neil@example.co"],
        ...["josé.núñez@example.org", "用户@例え.jp", "δοκιμή@παράδειγμα.δοκιμή", "उदाहरण@उदाहरण.परीक्षा"],
        ...["пример@xn--e1afmkfd.xn--p1ai", "jose\u0301@example.org", "👍@example.org"],
      ),
    ),
  }),
  proof_of_income: answer("FILE_UPLOAD", {
    file_key: field(text),
    file_urls: field(fc.uniqueArray(url, { maxLength: 3 }), []),
  }),
  utility_account: answer("ID", { id: field(fc.stringMatching(/^[0-9]{1,20}$/)) }),
  service_places: answer("MAP", { selections: field(uniqueTexts, []) }),
  household_size: answer("NUMBER", {
    number: field(fc.integer({ min: 1, max: 30 })).filter(isNoText),
  }),
  phone: answer("PHONE", { phone_number: field(fc.stringMatching(/^\+[1-9][0-9]{6,14}$/)) }),
  comments: textAnswer,
  household_members: entities({
    member_name: nameAnswer,
    jobs: entities({ pay: currencyAnswer, employer: textAnswer }),
  }),
  dupe_question_: answer("NUMBER", { number: field(integer).filter(isNoText) }),
  whats_your_wish__: textAnswer,
};

/** The types, for what is served of an answer that is not sent. */
const types: Record<string, Parameters<typeof unansweredText>[0]> = {
  applicant_name: "NAME",
  home_address: "ADDRESS",
  pets: "MULTI_SELECT",
  monthly_income: "CURRENCY",
  birth_date: "DATE",
  favorite_color: "SINGLE_SELECT",
  housing: "SINGLE_SELECT",
  has_children: "SINGLE_SELECT",
  email: "EMAIL",
  proof_of_income: "FILE_UPLOAD",
  utility_account: "ID",
  service_places: "MAP",
  household_size: "NUMBER",
  phone: "PHONE",
  comments: "TEXT",
  household_members: "ENUMERATOR",
  member_name: "NAME",
  jobs: "ENUMERATOR",
  pay: "CURRENCY",
  employer: "TEXT",
  dupe_question_: "NUMBER",
  whats_your_wish__: "TEXT",
};

function complete(key: string, served: Answer | undefined): Answer {
  const type = types[key];
  if (type === undefined) throw new Error(`There is no question ${key}`);
  return { ...JSON.parse(unansweredText(type)), ...served };
}

/** Some of the answers, in any order. */
function level(of: Answers) {
  const some: fc.Arbitrary<Record<string, { sent: Answer; served: Answer } | undefined>> = fc.record(of, {
    requiredKeys: [],
  });
  return fc.tuple(some, fc.boolean()).map(([answers, isReversed]) => {
    const entries = Object.entries(answers);
    const order = isReversed ? entries.toReversed() : entries;
    return {
      sent: Object.fromEntries(order.map(([key, answered]) => [key, answered?.sent])),
      served: Object.fromEntries(Object.keys(of).map((key) => [key, complete(key, answers[key]?.served)])),
    };
  });
}

function entities(of: Answers) {
  const name = filled.filter((value) => value.trim() !== "");
  const entity = fc.tuple(name, level(of));
  return fc.uniqueArray(entity, { maxLength: 3, selector: ([entityName]) => entityName }).map((list) => {
    const pick = (which: "sent" | "served") => ({
      question_type: "ENUMERATOR",
      entities: list.map(([entityName, answers]) => ({
        entity_name: entityName,
        ...answers[which],
      })),
    });
    return { sent: pick("sent"), served: pick("served") };
  });
}

const submitters = fc.constantFrom(
  { sent: undefined, served: ["APPLICANT", null, null] },
  { sent: null, served: ["APPLICANT", null, null] },
  {
    sent: { type: "APPLICANT", ti_organization: "Helpers" },
    served: ["APPLICANT", null, "Helpers"],
  },
  {
    sent: { type: "TRUSTED_INTERMEDIARY", ti_email: "ti@example.org", ti_organization: "" },
    served: ["TRUSTED_INTERMEDIARY", "ti@example.org", null],
  },
);

/** An application that is right. */
export const validSample: fc.Arbitrary<Sample> = fc
  .record({
    applicantId: fc.maxSafeInteger(),
    language: fc.constantFrom("en-US", "es-US", "zh-Hant-TW", "so"),
    submitter: submitters,
    answers: level(questions),
  })
  .map(({ applicantId, language, submitter, answers }) => ({
    sent: {
      applicant_id: applicantId,
      language,
      ...(submitter.sent === undefined ? {} : { submitter: submitter.sent }),
      application: answers.sent,
    },
    served: {
      applicant_id: applicantId,
      language,
      submitter_type: submitter.served[0],
      ti_email: submitter.served[1],
      ti_organization: submitter.served[2],
      application: answers.served,
    },
  }));

/** What is wrong, and the pointer that says so. */
type Fault = readonly [pointer: string, change: (sent: Record<string, unknown>) => void];

/** A value of a field that its question does not take. */
function wrongField(key: string, name: string, value: unknown, at = ""): Fault {
  return [
    `/application/${key}/${name}${at}`,
    (sent) => {
      const answers = sent.application as Record<string, unknown>;
      answers[key] = { question_type: types[key], [name]: value };
    },
  ];
}

function wrongAnswer(key: string, value: unknown, at = ""): Fault {
  return [
    `/application/${key}${at}`,
    (sent) => {
      (sent.application as Record<string, unknown>)[key] = value;
    },
  ];
}

function wrongTop(pointer: string, more: Record<string, unknown>): Fault {
  return [pointer, (sent) => Object.assign(sent, more)];
}

const members = (list: unknown) => ({ question_type: "ENUMERATOR", entities: list });

/** Every way to be wrong that the definition knows. */
const faults: readonly Fault[] = [
  ...Object.keys(questions).flatMap((key) => [
    wrongAnswer(key, { question_type: types[key] === "TEXT" ? "NAME" : "TEXT" }, "/question_type"),
    wrongAnswer(key, { question_type: null }, "/question_type"),
    wrongAnswer(key, {}, "/question_type"),
    wrongAnswer(key, null),
    wrongAnswer(key, "text"),
    wrongAnswer(key, []),
    wrongField(key, "other", 1),
  ]),
  ["/application/unknown", (sent) => Object.assign(sent.application as object, { unknown: {} })],
  ["/application/welcome", (sent) => Object.assign(sent.application as object, { welcome: {} })],
  ["/application/constructor", (sent) => Object.assign(sent.application as object, { constructor: {} })],
  [
    "/application/member_name",
    (sent) => Object.assign(sent.application as object, { member_name: { question_type: "NAME" } }),
  ],
  ...["9740", "97403-12", "974031", "abcde", 97403, ["97403"]].map((zip) => wrongField("home_address", "zip", zip)),
  ...["P.O. Box 12", "po box 7", "Post Office Box 3"].map((box) => wrongField("home_address", "street", box)),
  wrongField("home_address", "corrected", "corrected"),
  wrongField("home_address", "latitude", "91"),
  wrongField("home_address", "longitude", "-180.5"),
  wrongField("home_address", "latitude", "north"),
  wrongField("home_address", "well_known_id", "1.5"),
  wrongField("home_address", "city", {}),
  wrongField("applicant_name", "first_name", 7),
  wrongField("applicant_name", "last_name", "a\0b"),
  wrongField("applicant_name", "suffix", "\ud800"),
  ...[-1, 1.234, "5", 1e40, true, [1], 1e17].map((value) => wrongField("monthly_income", "currency_dollars", value)),
  ...["2023-02-29", "2023-2-3", "20230203", "2023-13-01", "yesterday", "2023-01-01T00:00:00Z", 20230101].map((date) =>
    wrongField("birth_date", "date", date),
  ),
  ...["purple", "RED", "Red ", ["red"], 1].map((value) => wrongField("favorite_color", "selection", value)),
  wrongField("has_children", "selection", "maybe"),
  ...[
    "a@b",
    "homer",
    "a b@c.org",
    "@c.org",
    "a@c..org",
    ".a@c.org",
    `${"a".repeat(250)}@c.org`,
    `${"é".repeat(125)}@c.org`,
    "a\u00a0b@c.org",
    "a\u202eb@c.org",
    "用户@例え",
    "用户@-例え.jp",
    "用户＠例え.jp",
    "a@👍.org",
    5,
  ].map((value) => wrongField("email", "email", value)),
  wrongField("pets", "selections", ["fish"], "/0"),
  wrongField("pets", "selections", ["cat", "cat"], "/1"),
  wrongField("pets", "selections", ["cat", "guinea_pig"], "/1"),
  wrongField("pets", "selections", ["dog", null], "/1"),
  wrongField("pets", "selections", [""], "/0"),
  wrongField("pets", "selections", "cat"),
  wrongField("pets", "selections", { 0: "cat" }),
  wrongField("service_places", "selections", ["a", "a"], "/1"),
  wrongField("service_places", "selections", [1], "/0"),
  wrongField("proof_of_income", "file_urls", ["ftp://example.org/x"], "/0"),
  wrongField("proof_of_income", "file_urls", ["javascript:alert(1)"], "/0"),
  wrongField(
    "proof_of_income",
    "file_urls",
    ["a", "b", "c", "d"].map((x) => `https://x.org/${x}`),
  ),
  wrongField("proof_of_income", "file_key", 5),
  ...["12a", "-5", "1 2", 12, "１２"].map((id) => wrongField("utility_account", "id", id)),
  ...[0, 31, 1.5, "5", 1e3, 1e30, true].map((n) => wrongField("household_size", "number", n)),
  ...["206-555-0100", "+0123456789", "12065550100", "+1", `+1${"2".repeat(15)}`, 12065550100].map((phone) =>
    wrongField("phone", "phone_number", phone),
  ),
  wrongField("comments", "text", "x".repeat(501)),
  wrongField("comments", "text", 5),
  wrongAnswer("household_members", members({}), "/entities"),
  wrongAnswer("household_members", members([5]), "/entities/0"),
  wrongAnswer("household_members", members([{}]), "/entities/0/entity_name"),
  wrongAnswer("household_members", members([{ entity_name: " " }]), "/entities/0/entity_name"),
  wrongAnswer("household_members", members([{ entity_name: "a\0" }]), "/entities/0/entity_name"),
  wrongAnswer("household_members", members([{ entity_name: 5 }]), "/entities/0/entity_name"),
  wrongAnswer("household_members", members([{ entity_name: "Bo" }, { entity_name: "Bo" }]), "/entities/1/entity_name"),
  wrongAnswer(
    "household_members",
    members([{ entity_name: "Bo", comments: { question_type: "TEXT" } }]),
    "/entities/0/comments",
  ),
  wrongAnswer(
    "household_members",
    members([{ entity_name: "Bo", entity_metadata: "x" }]),
    "/entities/0/entity_metadata",
  ),
  wrongAnswer(
    "household_members",
    members([
      {
        entity_name: "Bo",
        jobs: members([{ entity_name: "x", pay: { question_type: "CURRENCY", currency_dollars: "1" } }]),
      },
    ]),
    "/entities/0/jobs/entities/0/pay/currency_dollars",
  ),
  ...["5", 1.5, null, 1e19, true, [5]].map((id) => wrongTop("/applicant_id", { applicant_id: id })),
  ...["en_US", "", "english language", null, 5, "x".repeat(200)].map((language) => wrongTop("/language", { language })),
  ...["revision_state", "application_id", "status", "submit_time", "program_version_id"].map((name) =>
    wrongTop(`/${name}`, { [name]: 1 }),
  ),
  wrongTop("/submitter", { submitter: "APPLICANT" }),
  wrongTop("/submitter/type", { submitter: { type: "ADMIN" } }),
  wrongTop("/submitter/type", { submitter: {} }),
  wrongTop("/submitter/email", { submitter: { type: "APPLICANT", email: "a@b.org" } }),
  wrongTop("/submitter/ti_email", { submitter: { type: "TRUSTED_INTERMEDIARY" } }),
  wrongTop("/submitter/ti_email", { submitter: { type: "APPLICANT", ti_email: "a@b.org" } }),
  wrongTop("/submitter/ti_email", { submitter: { type: "TRUSTED_INTERMEDIARY", ti_email: "a" } }),
  wrongTop("/submitter/ti_organization", { submitter: { type: "APPLICANT", ti_organization: 5 } }),
];

/** So many applications with one thing wrong each, every fault in turn, and the pointers to them. */
export function brokenSamples(options: { seed: number; numRuns: number }) {
  return fc.sample(validSample, options).map(({ sent }, index) => {
    const fault = faults[index % faults.length];
    if (fault === undefined) throw new Error("There are no faults.");
    const [pointer, change] = fault;
    const changed = structuredClone(sent);
    change(changed);
    return { sent: changed, pointer };
  });
}

import { describe, expect, test } from "bun:test";
import { readApplicationRecord } from "../../../../src/domain/applications/imports/records.ts";
import { DomainError } from "../../../../src/lib/errors.ts";
import { makeRecord } from "../../../support/imports.ts";

const program = { adminName: "made-up", versions: [] };
const read = (text: string) => readApplicationRecord(text, program);
const readWith = (more: Record<string, unknown>) => read(JSON.stringify(makeRecord(1, more)));

test("what is missing or null, beside what must be there, is null", () => {
  const nothing = {
    ...{ language: null, status: null, status_last_modified_time: null, application_note: null },
    ...{ submitter_type: null, ti_email: null, ti_organization: null, program_version_id: null },
    extra_fields: null,
  };
  expect(readWith({}).facts).toMatchObject(nothing);
  const names = ["language", "status", "status_last_modified_time", "application_note"];
  const more = ["submitter_type", "ti_email", "ti_organization", "program_version_id", "program_name"];
  expect(readWith(Object.fromEntries([...names, ...more].map((name) => [name, null]))).facts).toMatchObject(nothing);
});

test("empty metadata are null", () => {
  const names = ["language", "status", "status_last_modified_time", "application_note", "program_name"];
  const more = ["submitter_type", "ti_email", "ti_organization"];
  const record = readWith(Object.fromEntries([...names, ...more].map((name) => [name, ""])));
  expect(record.facts).toMatchObject({
    ...{ language: null, status: null, status_last_modified_time: null },
    ...{ submitter_type: null, ti_email: null, ti_organization: null },
  });
});

test("integers of 64 bits and times to the microsecond are exact", () => {
  const text = JSON.stringify(
    makeRecord(1, {
      create_time: "2025-11-03T10:00:00.123456-08:00",
      submit_time: "0001-01-02T00:00:00Z",
      status_last_modified_time: "2025-11-03T18:00:00.1Z",
    }),
  )
    .replace('"application_id":1', '"application_id":9223372036854775807')
    .replace('"applicant_id":1001', '"applicant_id":-9223372036854775808');
  expect(read(text).facts).toMatchObject({
    application_id: "9223372036854775807",
    applicant_id: "-9223372036854775808",
    create_time: "1762192800123456",
    submit_time: "-62135510400000000",
    status_last_modified_time: "1762192800100000",
  });
});

test("fields that nobody knows are kept as they came, in their order", () => {
  const text = JSON.stringify(makeRecord(1)).replace("{", '{"z":1.0,"__proto__":{"a":""},"b":"",');
  expect(read(text).facts.extra_fields).toBe('{"z":1.0,"__proto__":{"a":""},"b":""}');
});

test("the outline has the version, and the keys of what is stored", () => {
  const application = {
    name: { question_type: "NAME" },
    hint: { question_type: "STATIC" },
    'say "a"\0': 1,
  };
  expect(readWith({ program_version_id: 7, application }).outline).toEqual({
    ...{ programVersionId: "7", completedBy: "import" },
    questionKeys: ["name", String.raw`say \"a\"\u0000`],
  });
});

test("answers keep what PostgreSQL could not keep unescaped", () => {
  const answers = String.raw`{"q":{"question_type":"TEXT","text":"\u0000\ud800"}}`;
  const text = JSON.stringify(makeRecord(1)).replace('"application":{}', `"application":${answers}`);
  expect(read(text).answers).toBe(answers);
});

describe("a bad record is refused by the name of its field", () => {
  const without = (name: string) => {
    const record: Record<string, unknown> = makeRecord(1);
    delete record[name];
    return JSON.stringify(record);
  };
  const having = (more: Record<string, unknown>) => JSON.stringify(makeRecord(1, more));
  const raw = (name: string, value: string) => having({ [name]: "@" }).replace('"@"', value);
  const cases: [string, string][] = [
    ["[]", "a record must be an object."],
    ["null", "a record must be an object."],
    ["", "JSON is incorrectly formatted: A value is expected at the end (character 1)."],
    ['{"a":1,"a":2}', 'JSON is incorrectly formatted: The name "a" appears twice in one object (character 8).'],
    [without("application_id"), "application_id must be an integer."],
    [raw("application_id", "null"), "application_id must be an integer."],
    [having({ application_id: "1" }), "application_id must be an integer."],
    [raw("application_id", "1.0"), "application_id must be an integer."],
    [raw("application_id", "1e3"), "application_id must be an integer."],
    [raw("application_id", "[1]"), "application_id must be an integer."],
    [raw("application_id", "9223372036854775808"), "application_id must be an integer of 64 bits."],
    [raw("application_id", `-${"9".repeat(400)}`), "application_id must be an integer of 64 bits."],
    [without("applicant_id"), "applicant_id must be an integer."],
    [having({ applicant_id: true }), "applicant_id must be an integer."],
    [having({ program_version_id: "7" }), "program_version_id must be an integer."],
    [without("create_time"), "create_time must be a time with an offset."],
    [without("submit_time"), "submit_time must be a time with an offset."],
    [having({ submit_time: "" }), "submit_time must be a time with an offset."],
    [having({ submit_time: 1 }), "submit_time must be a string or null."],
    [having({ submit_time: "2025-11-03" }), "submit_time must be a time with an offset."],
    [having({ submit_time: "2025-11-03T10:00:00" }), "submit_time must be a time with an offset."],
    [having({ submit_time: "2025-02-30T10:00:00Z" }), "submit_time must be a time with an offset."],
    [having({ submit_time: "0001-01-01T23:59:59Z" }), "submit_time must be a time with an offset."],
    [having({ submit_time: "9999-12-30T23:00:00-05:00" }), "submit_time must be a time with an offset."],
    [having({ status_last_modified_time: "soon" }), "status_last_modified_time must be a time with an offset."],
    [without("revision_state"), "revision_state must be CURRENT or OBSOLETE."],
    [having({ revision_state: "current" }), "revision_state must be CURRENT or OBSOLETE."],
    [having({ revision_state: 1 }), "revision_state must be a string or null."],
    [having({ status: {} }), "status must be a string or null."],
    [having({ ti_email: 5 }), "ti_email must be a string or null."],
    [having({ application_note: "a\0" }), "application_note has a NUL character or half of a surrogate pair."],
    [having({ language: "\udfff" }), "language has a NUL character or half of a surrogate pair."],
    [having({ program_name: "other" }), 'program_name is "other", but this program is "made-up".'],
    [without("application"), "application must be an object."],
    [having({ application: null }), "application must be an object."],
    [having({ application: [] }), "application must be an object."],
    [having({ application: "{}" }), "application must be an object."],
  ];
  for (const [text, message] of cases) {
    test(`${text.slice(0, 40)}… ${message}`, () => {
      try {
        read(text);
        throw new Error("was read");
      } catch (error) {
        expect(error).toBeInstanceOf(DomainError);
        expect(error).toMatchObject({ code: "invalid", message });
      }
    });
  }
});

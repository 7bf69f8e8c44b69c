import { describe, expect, test } from "bun:test";
import { buildQuestionTree, expectQuestions, questionKey } from "../../../../src/domain/programs/questions/tree.ts";
import { answerFields, unansweredText } from "../../../../src/domain/programs/questions/types.ts";
import { makeQuestion } from "../../../support/questions.ts";

describe("a question's key", () => {
  const keys: Record<string, string> = {
    "applicant name4?": "applicant_name",
    "applicant-name": "applicantname",
    "dupe question 1": "dupe_question_",
    "x -_- a": "x__a",
    "Ünïcode Kelvin \u212a": "ncode_kelvin_",
    "tab\tand\nline": "tabandline",
    "1234": "",
    "__proto __": "proto_",
  };
  for (const [adminName, key] of Object.entries(keys)) {
    test(`of ${JSON.stringify(adminName)} is ${JSON.stringify(key)}`, () => {
      expect(questionKey(adminName)).toBe(key);
    });
  }
});

test("an unanswered question has every field of its type, null or an empty list", () => {
  expect(
    Object.fromEntries(
      Object.keys(answerFields).map((type) => [type, unansweredText(type as keyof typeof answerFields)]),
    ),
  ).toEqual({
    ADDRESS:
      '{"question_type":"ADDRESS","street":null,"line2":null,"city":null,"state":null,"zip":null,' +
      '"corrected":null,"latitude":null,"longitude":null,"well_known_id":null,"service_area":null}',
    CURRENCY: '{"question_type":"CURRENCY","currency_dollars":null}',
    DATE: '{"question_type":"DATE","date":null}',
    EMAIL: '{"question_type":"EMAIL","email":null}',
    ENUMERATOR: '{"question_type":"ENUMERATOR","entities":[]}',
    FILE_UPLOAD: '{"question_type":"FILE_UPLOAD","file_key":null,"file_urls":[]}',
    ID: '{"question_type":"ID","id":null}',
    MAP: '{"question_type":"MAP","selections":[]}',
    MULTI_SELECT: '{"question_type":"MULTI_SELECT","selections":[]}',
    NAME: '{"question_type":"NAME","first_name":null,"middle_name":null,"last_name":null,"suffix":null}',
    NUMBER: '{"question_type":"NUMBER","number":null}',
    PHONE: '{"question_type":"PHONE","phone_number":null}',
    SINGLE_SELECT: '{"question_type":"SINGLE_SELECT","selection":null}',
    TEXT: '{"question_type":"TEXT","text":null}',
  });
});

test("repeated questions stand under their enumerator, at any depth and wherever they come", () => {
  const members = makeQuestion("members", { type: "ENUMERATOR" });
  const jobs = makeQuestion("jobs", { type: "ENUMERATOR", enumeratorId: members.id });
  const pay = makeQuestion("pay", { enumeratorId: jobs.id });
  const last = makeQuestion("last");
  const tree = buildQuestionTree([pay, jobs, members, last]);
  expect(tree).toEqual([
    {
      question: members,
      repeated: [{ question: jobs, repeated: [{ question: pay, repeated: [] }] }],
    },
    { question: last, repeated: [] },
  ]);
});

test("of two questions with one key the later wins, in its own level; static ones count for nothing", () => {
  const members = makeQuestion("members", { type: "ENUMERATOR" });
  const expected = expectQuestions(
    buildQuestionTree([
      makeQuestion("dupe 1"),
      members,
      makeQuestion("inner 1", { enumeratorId: members.id, type: "DATE" }),
      makeQuestion("inner 2", { enumeratorId: members.id, type: "EMAIL" }),
      makeQuestion("dupe 2", { type: "NUMBER" }),
      makeQuestion("dupe 3", { type: "STATIC" }),
    ]),
  );
  expect([...expected.keys()]).toEqual(["dupe_", "members"]);
  expect(expected.get("dupe_")?.unanswered).toBe(unansweredText("NUMBER"));
  const inner = expected.get("members")?.repeated;
  expect([...(inner ?? [])].map(([key, { unanswered }]) => [key, unanswered])).toEqual([
    ["inner_", unansweredText("EMAIL")],
  ]);
});

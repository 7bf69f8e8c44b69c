/** What a key is not shown stays hidden in answers of any shape. `granted-questions.test.ts` tries usual ones through the API. */
import { expect, test } from "bun:test";
import { chooseQuestions } from "../../../../src/domain/access/questions.ts";
import { createShown, writeShown } from "../../../../src/domain/applications/stored/shown.ts";

const income = { question_type: "CURRENCY", currency_dollars: "hidden" };
const list = (entity: unknown) => ({ question_type: "ENUMERATOR", entities: [entity] });
/** By what is odd about it: the answer to `members`, which is shown, and what is left of it. */
const oddAnswers: Readonly<Record<string, [answer: unknown, left: unknown]>> = {
  "a list of objects": [[{ income }], undefined],
  "lists in a list": [[["hidden"]], undefined],
  "a list of texts": [["a"], ["a"]],
  "an object in a field": [
    { question_type: "TEXT", text: "a", more: { income } },
    { question_type: "TEXT", text: "a" },
  ],
  "objects in a field": [{ Entities: [{ income }], text: null }, { text: null }],
  "entities that are an object": [{ entities: { income }, n: 1 }, { n: 1 }],
  "entities that are lists": [list([{ income }]), { question_type: "ENUMERATOR", entities: [] }],
  "an answer as an entity's name": [
    list({ entity_name: { income }, age: { number: 1 } }),
    list({ entity_name: {}, age: { number: 1 } }),
  ],
  "entities as an entity's name": [list({ entity_name: list({ income }) }), list({ entity_name: list({}) })],
  "entities in entities": [
    list({ entity_name: "A", members: list({ income }) }),
    list({ entity_name: "A", members: list({}) }),
  ],
  "an entity's member __proto__": [
    list(JSON.parse('{"__proto__":{"income":{"text":"hidden"}}}')),
    list(JSON.parse('{"__proto__":{}}')),
  ],
};

test.each(Object.entries(oddAnswers))("a hidden question is not found in %s", (_name, [members, left]) => {
  const shown = createShown(chooseQuestions("except", ["income"]));
  const text = JSON.stringify({ application_id: 1, members, application: { members, income } });
  expect(JSON.parse(writeShown(text, shown))).toEqual({
    application_id: 1,
    members: left,
    application: { members: left },
  });
  const only = createShown(chooseQuestions("only", ["members"]));
  expect(writeShown(text, only)).not.toContain("hidden");
});

test("a field or an entity's name with the key of a hidden question is hidden", () => {
  const text = JSON.stringify({
    status: "s",
    income: 7,
    application: { members: list({ entity_name: { text: "hidden" } }) },
  });
  const shown = createShown(chooseQuestions("except", ["income", "entity_name", "status"]));
  expect(JSON.parse(writeShown(text, shown))).toEqual({ status: "s", application: { members: list({}) } });
});

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { isSameDefinition } from "../../../src/domain/programs/same-definition.ts";

const text = await Bun.file(join(import.meta.dir, "../../fixtures/every-question-type-export.json")).text();

/** The fixture, changed. */
function changed(change: (document: ReturnType<typeof JSON.parse>) => void): string {
  const document = JSON.parse(text);
  change(document);
  return JSON.stringify(document);
}

/** The fixture with other ids for questions, and everything that refers to them. */
function renumbered(newId: (id: number) => number): string {
  return changed((document) => {
    for (const { config } of document.questions) {
      config.id = newId(config.id);
      if (config.enumeratorId) config.enumeratorId = newId(config.enumeratorId);
    }
    for (const block of document.program.blockDefinitions) {
      for (const reference of block.questionDefinitions) reference.id = newId(reference.id);
    }
    const [first, second] = document.program.blockDefinitions[1].hidePredicate.rootNode.node.children;
    first.node.questionId = newId(first.node.questionId);
    second.node.questionId = newId(second.node.questionId);
  });
}

describe("the same program", () => {
  const same: Record<string, string> = {
    "the same text": text,
    "another layout and order of members": JSON.stringify(JSON.parse(text)),
    "another program id": changed(({ program }) => {
      program.id = 5;
    }),
    "other question ids": renumbered((id) => id + 7000),
    "question ids in another order": renumbered((id) => 100 - id),
    "questions listed in another order": changed(({ questions }) => questions.reverse()),
    "other block ids": changed(({ program }) => {
      for (const block of program.blockDefinitions) {
        block.id += 40;
        if (block.repeaterId) block.repeaterId += 40;
      }
    }),
    "other option ids, also where a predicate names them": changed((document) => {
      for (const option of document.questions[7].questionOptions) option.id += 10;
      const leaf = document.program.blockDefinitions[1].hidePredicate.rootNode.node.children[1];
      leaf.node.value.value = '["10", "11"]';
    }),
  };
  for (const [name, other] of Object.entries(same)) {
    test(`has ${name}`, () => {
      expect(isSameDefinition(text, other)).toBe(true);
      expect(isSameDefinition(other, text)).toBe(true);
    });
  }
});

describe("another program", () => {
  const different: Record<string, string> = {
    "another question text": changed(({ questions }) => {
      questions[0].config.questionText.translations.en_US += "!";
    }),
    "another translation": changed(({ questions }) => {
      questions[0].config.questionText.translations.fr_FR = "Nom";
    }),
    "another question name": changed(({ questions }) => {
      questions[0].config.name += "s";
    }),
    "a question more": changed(({ questions }) => {
      questions.push({ ...questions[0], config: { ...questions[0].config, id: 500, name: "new" } });
    }),
    "blocks in another order": changed(({ program }) => program.blockDefinitions.reverse()),
    "another question in a block": changed(({ program }) => {
      program.blockDefinitions[0].questionDefinitions[0].id = 15;
    }),
    "a question made optional": changed(({ program }) => {
      program.blockDefinitions[0].questionDefinitions[0].optional = true;
    }),
    "another enumerator": changed(({ questions }) => {
      questions[19].config.enumeratorId = 17;
    }),
    "another repeater": changed(({ program }) => {
      program.blockDefinitions[5].repeaterId = 6;
    }),
    "options in another order": changed(({ questions }) => questions[2].questionOptions.reverse()),
    "an option that is offered again": changed(({ questions }) => {
      questions[2].questionOptions[2].displayInAnswerOptions = true;
    }),
    "a predicate on another question": changed(({ program }) => {
      program.blockDefinitions[1].hidePredicate.rootNode.node.children[0].node.questionId = 4;
    }),
    "a predicate with another value": changed(({ program }) => {
      program.blockDefinitions[1].hidePredicate.rootNode.node.children[0].node.value.value = "2";
    }),
    "options that swapped their ids under a predicate": changed(({ questions }) => {
      questions[7].questionOptions[0].id = 2;
      questions[7].questionOptions[2].id = 0;
    }),
    "another display name": changed(({ program }) => {
      program.localizedName.translations.en_US = "New";
    }),
  };
  for (const [name, other] of Object.entries(different)) {
    test(`has ${name}`, () => expect(isSameDefinition(text, other)).toBe(false));
  }

  test("two questions of one name are told apart by their order", () => {
    const twins = changed(({ questions }) => {
      questions[1].config.name = questions[0].config.name;
    });
    const document = JSON.parse(twins);
    document.program.blockDefinitions[0].questionDefinitions[1].id = 2;
    document.program.blockDefinitions[0].questionDefinitions[2].id = 1;
    expect(isSameDefinition(twins, JSON.stringify(document))).toBe(false);
    expect(isSameDefinition(twins, twins.replace("4100", "4101"))).toBe(true);
  });
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { documentQuestions } from "../../../../src/domain/programs/questions/documented.ts";
import { buildQuestionTree, expectQuestions, type Question } from "../../../../src/domain/programs/questions/tree.ts";
import { makeQuestion } from "../../../support/questions.ts";

const option = (adminName: string, isOffered = true) => ({ adminName, text: adminName, isOffered });

describe("the documented questions of a program", () => {
  test("are those of the last version in its order, then those that only earlier versions asked", () => {
    const documented = documentQuestions([
      [makeQuestion("oldest"), makeQuestion("shared")],
      [makeQuestion("newer"), makeQuestion("shared")],
      [makeQuestion("second"), makeQuestion("shared"), makeQuestion("first")],
    ]);
    expect(documented.map(({ key, isAsked }) => [key, isAsked])).toEqual([
      ["second", true],
      ["shared", true],
      ["first", true],
      ["newer", false],
      ["oldest", false],
    ]);
  });

  test("are told as the last version asks them, with every type that they have had", () => {
    const [documented] = documentQuestions([
      [makeQuestion("size", { type: "NUMBER", text: "How many?" })],
      [makeQuestion("size", { type: "TEXT", text: "How large?" })],
      [makeQuestion("size", { type: "NUMBER", text: "How big?" })],
    ]);
    expect(documented?.question.text).toBe("How big?");
    expect(documented?.types).toEqual(["NUMBER", "TEXT"]);
  });

  test("have the options of now apart from those that are no longer offered, each once", () => {
    const type = "SINGLE_SELECT";
    const [documented] = documentQuestions([
      [makeQuestion("color", { type, options: [option("red"), option("mauve"), option("blue")] })],
      [makeQuestion("color", { type, options: [option("red"), option("blue", false)] })],
    ]);
    expect(documented?.options).toEqual({ current: ["red"], earlier: ["blue", "mauve"] });
  });

  test("leave out static ones, and of two with one key keep the later and name the other", () => {
    const documented = documentQuestions([
      [
        makeQuestion("welcome", { type: "STATIC" }),
        makeQuestion("pet 1", { text: "first" }),
        makeQuestion("pet 2", { text: "second" }),
        makeQuestion("pet 3", { type: "STATIC" }),
      ],
    ]);
    expect(documented.map(({ key, question: { text }, hiddenNames }) => [key, text, hiddenNames])).toEqual([
      ["pet_", "second", ["pet 1"]],
    ]);
  });

  test("merge what the entities of an enumerator were asked, version by version", () => {
    const version = (...names: string[]) => {
      const jobs = makeQuestion("jobs", { type: "ENUMERATOR" });
      return [jobs, ...names.map((name) => makeQuestion(name, { enumeratorId: jobs.id }))];
    };
    const [jobs] = documentQuestions([version("pay", "place"), version("pay", "boss")]);
    expect(jobs?.repeated.map(({ key, isAsked }) => [key, isAsked])).toEqual([
      ["pay", true],
      ["boss", true],
      ["place", false],
    ]);
    const [gone] = documentQuestions([version("pay"), []]);
    expect([gone?.isAsked, gone?.repeated[0]?.isAsked]).toEqual([false, false]);
  });

  test("are exactly the keys that the union rule serves, whatever the versions", () => {
    const names = fc.constantFrom("a", "b 1", "b 2", "c", "toString", "  proto  ", "7");
    const types = fc.constantFrom("TEXT", "NUMBER", "STATIC" as const);
    const version = fc.array(fc.record({ name: names, type: types }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(version, { minLength: 1, maxLength: 4 }), (versions) => {
        const asked = versions.map((version) =>
          version.map(({ name, type }) => makeQuestion(name, { type: type as Question["type"] })),
        );
        const served = asked.flatMap((questions) => [...expectQuestions(buildQuestionTree(questions)).keys()]);
        const documented = documentQuestions(asked).map(({ key }) => key);
        expect(documented.toSorted()).toEqual([...new Set(served)].toSorted());
      }),
    );
  });
});

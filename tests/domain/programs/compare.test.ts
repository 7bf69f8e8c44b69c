import { describe, expect, test } from "bun:test";
import { parseProgramExport } from "../../../src/domain/programs/civiform-export.ts";
import { compareVersions } from "../../../src/domain/programs/compare.ts";
import { type ExportSpec, makeExport } from "../../support/imports.ts";

const read = (spec: ExportSpec) => parseProgramExport(JSON.stringify(makeExport(spec)));
const compare = (before: ExportSpec["questions"], after: ExportSpec["questions"]) =>
  compareVersions(read({ questions: before ?? [] }), read({ questions: after ?? [], idsFrom: 500 }));
const nothing = { program: [], added: [], removed: [], changed: [] };

describe("what differs between two versions", () => {
  test("is nothing when only ids and the order of questions do", () => {
    const [one, two] = [{ name: "one" }, { name: "two", type: "number" }];
    expect(compare([one, two], [two, one])).toEqual(nothing);
  });

  test("is told as questions that came and questions that went, by admin name", () => {
    const changes = compare([{ name: "stays" }, { name: "goes" }], [{ name: "stays" }, { name: "comes" }]);
    expect(changes).toEqual({ ...nothing, added: ["comes"], removed: ["goes"] });
  });

  test("names the type, the text and the enumerator of a question that stayed", () => {
    const before = [{ name: "members", type: "enumerator" }, { name: "income" }];
    const income = { name: "income", type: "currency", text: "How much?", under: "members" };
    expect(compare(before, [{ name: "members", type: "enumerator" }, income]).changed).toEqual([
      {
        name: "income",
        what: ["type: TEXT → CURRENCY", "repeated under: nothing → members", "text"],
      },
    ]);
  });

  test("names options that came, went or changed their order", () => {
    const heating = (options: readonly string[]) => [{ name: "heating", type: "multioption", options }];
    const what = (before: readonly string[], after: readonly string[]) =>
      compare(heating(before), heating(after)).changed.flatMap((each) => each.what);
    expect(what(["gas", "coal"], ["gas", "pump", "wood"])).toEqual([
      "options added: pump, wood",
      "options removed: coal",
    ]);
    expect(what(["gas", "coal"], ["coal", "gas"])).toEqual(["order of options"]);
    expect(what(["gas", "coal"], ["gas", "coal"])).toEqual([]);
  });

  test("names options that are no longer offered, or offered again, and those with another text", () => {
    const [before, after] = [0, 1].map(() =>
      makeExport({
        questions: [{ name: "heating", type: "multioption", options: ["gas", "coal"] }],
      }),
    );
    const [gas, coal] = after?.questions[0]?.questionOptions ?? [];
    Object.assign(gas ?? {}, { localizedOptionText: { translations: { en_US: "Natural gas" } } });
    Object.assign(coal ?? {}, { displayInAnswerOptions: false });
    const [old, young] = [before, after].map((each) => parseProgramExport(JSON.stringify(each)));
    if (old === undefined || young === undefined) throw new Error("no exports");
    expect(compareVersions(old, young).changed).toEqual([
      { name: "heating", what: ["no longer offered: coal", "text of options: gas"] },
    ]);
    expect(compareVersions(young, old).changed).toEqual([
      { name: "heating", what: ["offered again: coal", "text of options: gas"] },
    ]);
  });

  test("tells questions with one name apart by their order", () => {
    const same = [{ name: "same" }, { name: "same", type: "number" }];
    expect(compare(same, same)).toEqual(nothing);
    expect(compare(same, [{ name: "same" }])).toEqual({ ...nothing, removed: ["same"] });
  });

  test("has the name and the type of the program", () => {
    const changes = compareVersions(
      read({ name: "Old", programType: "DEFAULT" }),
      read({ name: "New", programType: "COMMON_INTAKE_FORM" }),
    );
    expect(changes).toEqual({
      ...nothing,
      program: ["name: Old → New", "type: DEFAULT → COMMON_INTAKE_FORM"],
    });
  });

  test("is found among as many questions as an export can hold", () => {
    const many = Array.from({ length: 20_000 }, (_, id) => ({
      ...{ id, adminName: `q${id}`, key: "q", type: "TEXT" as const, text: "", helpText: "" },
      ...{ options: null, enumeratorId: id === 0 ? null : 0 },
    }));
    const version = { name: "", programType: "", questions: many };
    const changes = compareVersions(version, { ...version, questions: many.slice(1) });
    expect(changes.removed).toEqual(["q0"]);
    expect(changes.changed).toHaveLength(19_999);
  });
});

import { describe, expect, test } from "bun:test";
import { readApiKeyForm } from "../../../src/pages/keys/form.ts";
import { cpuMsOf } from "../../support/cpu-time.ts";

const questionsOf = (text: string) => readApiKeyForm(new URLSearchParams(text)).questions;

describe("the questions in the form of a key", () => {
  test("are read by program, wherever their fields are; the first choice of a program counts", () => {
    expect(
      questionsOf(
        "grant-question[b]=x&grant-questions[a]=only&grant-question[a]=1&grant-questions[b]=except&grant-question[a]=2&grant-questions[a]=all",
      ),
    ).toEqual([
      { slug: "b", mode: "except", keys: ["x"] },
      { slug: "a", mode: "only", keys: ["1", "2"] },
    ]);
    expect(questionsOf("grant-question[a]=1&grant-question=2&grant-questionss[a]=only")).toEqual([
      { slug: "a", mode: "all", keys: ["1"] },
    ]);
  });

  test("of as many programs as fit into a form are read in milliseconds", () => {
    const fields = new URLSearchParams();
    for (let program = 0; program < 11_000; program += 1) fields.append(`grant-questions[${program}]`, "only");
    expect(readApiKeyForm(fields).questions).toHaveLength(11_000);
    // Looking in all fields for each program takes two seconds.
    expect(cpuMsOf(() => readApiKeyForm(fields))).toBeLessThan(300);
  });
});

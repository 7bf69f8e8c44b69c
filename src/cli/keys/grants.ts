/** Grants on the command line: `--read` and `--write` with slugs, `--questions` with a choice for a slug. */
import type { NamedGrant } from "../../domain/access/keys/find.ts";
import type { GrantForm, QuestionChoice } from "../../domain/access/keys/question-form.ts";
import { describeQuestions } from "../../domain/access/questions.ts";
import { type CommandOption, type CommandOptions, listOption, UsageError } from "../command.ts";

/** The option that chooses questions. */
export const questionsOption: CommandOption = [
  "--questions <choice...>",
  "which questions --read shows: SLUG:only=KEY,KEY or SLUG:except=KEY,KEY, one choice a program",
];

/** Reads the grants that `--read` and `--write` name, and which questions of them `--questions` does. */
export function readGrants(options: CommandOptions): Required<GrantForm> {
  return {
    grants: [
      ...listOption(options, "read").map((slug) => ({ slug, permission: "READ" as const })),
      ...listOption(options, "write").map((slug) => ({ slug, permission: "WRITE" as const })),
    ],
    questions: readChoices(listOption(options, "questions")),
  };
}

const choiceForm = /^([^:]+):(all|only|except)(?:=(.*))?$/s;

function readChoices(texts: readonly string[]): QuestionChoice[] {
  const choices = texts.map((text) => {
    const [, slug = "", mode = "", keys = ""] = choiceForm.exec(text) ?? [];
    if (slug === "") throw new UsageError(`A choice of questions is such as childcare:only=income, not ${text}.`);
    return { slug, mode, keys: keys.split(",").filter((key) => key !== "") };
  });
  const twice = choices.find(({ slug }, index) => choices.findIndex((one) => one.slug === slug) < index);
  if (twice) throw new UsageError(`Choose the questions of ${twice.slug} once.`);
  return choices;
}

/** Writes grants as `READ snow-removal (only income), WRITE utility-discount`. */
export function describeGrants(grants: readonly NamedGrant[]): string {
  const describe = ({ slug, permission, questions }: NamedGrant) =>
    `${permission} ${slug}${questions.mode === "all" ? "" : ` (${describeQuestions(questions)})`}`;
  return grants.map(describe).join(", ");
}

/** The answers of an application, each beside its question. */
import { Html } from "@elysiajs/html";
import type {
  AnswerField,
  AnswerValue,
  ReadableAnswer,
  ReadableEntity,
} from "../../domain/applications/answer-reading.ts";
import { List } from "../parts/components.tsx";
import { Pairs } from "../parts/facts.tsx";
import { formatAnyDay } from "../parts/format.ts";
import { Code, Note, Quiet, UserText } from "../parts/text.tsx";

/** Questions with their answers, and entities with theirs. */
export function AnswerList({ answers }: { answers: readonly ReadableAnswer[] }): JSX.Element {
  return (
    <dl>
      {answers.map((answer) => (
        <div class="civikey-answers__pair">
          <dt>
            <QuestionText answer={answer} />
          </dt>
          <dd>
            <Answer answer={answer} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function QuestionText({ answer }: { answer: ReadableAnswer }): JSX.Element {
  const { question, key, type } = answer;
  return (
    <>
      <Note text={question ?? "Question not in any imported version"} />
      <span class="civikey-answers__key">
        <Code text={key === "" ? '""' : key} /> {Html.escapeHtml(type ?? "")}
      </span>
    </>
  );
}

/** How to show the fields of a question type; each writer takes what it shows out of the fields. The rest follow by name. */
const writers: Readonly<Record<string, (fields: FieldTexts) => JSX.Element>> = {
  NAME: (fields) => <Text text={join(fields, ["first_name", "middle_name", "last_name", "suffix"], " ")} />,
  ADDRESS: (fields) => {
    const state = join(fields, ["state", "zip"], " ");
    const town = [...takeTexts(fields, ["city"]), ...(state === "" ? [] : [state])].join(", ");
    return <Text text={[...takeTexts(fields, ["street", "line2"]), town].join("\n").trim()} />;
  },
  CURRENCY: (fields) => <Text text={takeTexts(fields, ["currency_dollars"]).map(formatDollars).join(" ")} />,
  DATE: (fields) => <Text text={takeTexts(fields, ["date"]).map(formatAnyDay).join(" ")} />,
  EMAIL: (fields) => <Text text={join(fields, ["email"], " ")} />,
  ID: (fields) => <Text text={join(fields, ["id"], " ")} />,
  NUMBER: (fields) => <Text text={join(fields, ["number"], " ")} />,
  PHONE: (fields) => <Text text={join(fields, ["phone_number"], " ")} />,
  TEXT: (fields) => <Text text={join(fields, ["text"], "\n")} />,
  SINGLE_SELECT: (fields) => <Values values={take(fields, "selection")} />,
  MULTI_SELECT: (fields) => <Values values={take(fields, "selections")} />,
  MAP: (fields) => <Values values={take(fields, "selections")} />,
  FILE_UPLOAD: (fields) => <Values values={take(fields, "file_urls")} />,
};

/** The fields not shown yet, by name. */
type FieldTexts = Map<string, readonly AnswerValue[]>;

function Answer({ answer }: { answer: ReadableAnswer }): JSX.Element {
  const { type, entities } = answer;
  if (answer.fields.length === 0 && entities.length === 0) {
    return <Quiet>No answer</Quiet>;
  }
  const fields: FieldTexts = new Map(answer.fields.map(({ name, values }) => [name, values]));
  const write = type !== null && Object.hasOwn(writers, type) ? writers[type] : undefined;
  // Before the other fields: it takes out what it shows.
  const written = write?.(fields) ?? "";
  return (
    <>
      {written}
      <OtherFields fields={[...fields].map(([name, values]) => ({ name, values }))} />
      {entities.length > 0 && <Entities entities={entities} />}
    </>
  );
}

function Text({ text }: { text: string }): JSX.Element {
  if (text === "") return "";
  return <Note text={text} />;
}

function Values({ values }: { values: readonly AnswerValue[] }): JSX.Element {
  if (values.length === 0) return "";
  return (
    <List>
      {values.map(({ text, label }) => (
        <>
          <UserText text={label ?? text} />
          {label !== null && label !== text && (
            <Quiet>
              {" "}
              <Code text={text} />
            </Quiet>
          )}
        </>
      ))}
    </List>
  );
}

function OtherFields({ fields }: { fields: readonly AnswerField[] }): JSX.Element {
  if (fields.length === 0) return "";
  return <Pairs pairs={fields.map(({ name, values }) => [name, values.map(({ text }) => text).join(", ")])} />;
}

function Entities({ entities }: { entities: readonly ReadableEntity[] }): JSX.Element {
  return (
    <ul class="civikey-list">
      {entities.map(({ name, answers }) => (
        <li class="civikey-entity">
          <p class="civikey-entity__name">
            <UserText text={name ?? "Unnamed"} />
          </p>
          {answers.length > 0 && <AnswerList answers={answers} />}
        </li>
      ))}
    </ul>
  );
}

/** The values of a field, removed from those still to be shown. */
function take(fields: FieldTexts, name: string): readonly AnswerValue[] {
  const values = fields.get(name) ?? [];
  fields.delete(name);
  return values;
}

function takeTexts(fields: FieldTexts, names: readonly string[]): string[] {
  return names.flatMap((name) => take(fields, name)).map(({ text }) => text);
}

function join(fields: FieldTexts, names: readonly string[], separator: string): string {
  return takeTexts(fields, names).join(separator);
}

const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** An amount that a number holds to the cent; a larger one stays as it is. */
function formatDollars(text: string): string {
  return Math.abs(Number(text)) < 1e12 ? dollars.format(Number(text)) : text;
}

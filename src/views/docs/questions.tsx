import type { DocumentedQuestion } from "../../domain/programs/questions/documented.ts";
import { Badge } from "../parts/components.tsx";
import { Code, Note, UserText } from "../parts/text.tsx";

/** A question, and the enumerator it repeats in. */
interface PlacedQuestion {
  readonly documented: DocumentedQuestion;
  readonly enumerator: DocumentedQuestion | null;
  readonly depth: number;
}

/** Deeper questions are indented no further; they name their enumerator anyway. */
const indentMax = 3;

/** Every question with its key, type, text and options; repeated questions follow their enumerator. */
export function QuestionList(props: { questions: readonly DocumentedQuestion[] }): JSX.Element {
  return (
    <ul class="civikey-list">
      {placeQuestions(props.questions, null, 0).map((placed) => (
        <QuestionItem {...placed} />
      ))}
    </ul>
  );
}

function placeQuestions(
  questions: readonly DocumentedQuestion[],
  enumerator: DocumentedQuestion | null,
  depth: number,
): PlacedQuestion[] {
  return questions.flatMap((documented) => [
    { documented, enumerator, depth },
    ...placeQuestions(documented.repeated, documented, depth + 1),
  ]);
}

function QuestionItem({ documented, enumerator, depth }: PlacedQuestion): JSX.Element {
  const { key, question, isAsked, types, options, hiddenNames } = documented;
  return (
    <li class={`civikey-question civikey-question--depth-${Math.min(depth, indentMax)}`}>
      <div class="civikey-question__head">
        <h3 class="civikey-question__key">
          <Code text={keyText(key)} />
        </h3>
        <span class="civikey-question__type">
          <Code text={types.join(", previously ")} />
        </span>
        {!isAsked && <Badge tone="ended" text="Earlier versions" />}
      </div>
      {question.text.trim() !== "" && <Note text={question.text} />}
      <dl class="civikey-pairs">
        <dt>Name</dt>
        <dd>
          <UserText text={question.adminName} />
        </dd>
        {enumerator !== null && (
          <>
            <dt>In entities of</dt>
            <dd>
              <Code text={keyText(enumerator.key)} />
            </dd>
          </>
        )}
        <OptionNames term="Options" names={options.current} />
        <OptionNames term="No longer offered" names={options.earlier} />
        {hiddenNames.length > 0 && (
          <>
            <dt>Same key</dt>
            <dd>
              {hiddenNames.map((name, index) => (
                <>
                  {index > 0 && ", "}
                  <UserText text={name} />
                </>
              ))}
              . Responses include only the last question with a key.
            </dd>
          </>
        )}
      </dl>
    </li>
  );
}

function OptionNames(props: { term: string; names: readonly string[] }): JSX.Element {
  if (props.names.length === 0) return "";
  return (
    <>
      <dt safe>{props.term}</dt>
      <dd class="civikey-question__options">
        {props.names.map((name) => (
          <Code text={name} />
        ))}
      </dd>
    </>
  );
}

/** The key of a name without letters is empty. */
function keyText(key: string): string {
  return key === "" ? '""' : key;
}

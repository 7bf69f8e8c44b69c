import { Html } from "@elysiajs/html";
import { Checkbox } from "../parts/choice.tsx";
import { Badge } from "../parts/components.tsx";
import { attribute, UserText } from "../parts/text.tsx";
import { QuestionChoice, type QuestionChoiceProps } from "./question-choice.tsx";

/** A program, and which permissions on it can be checked here; null where one is not offered. */
interface ProgramRowProps {
  readonly program: {
    readonly name: string;
    readonly slug: string;
    readonly isPublished?: boolean;
  };
  readonly read: boolean | null;
  readonly write: boolean | null;
  /** Which questions reading shows; left out where reading is not offered. */
  readonly questions?: Omit<QuestionChoiceProps, "program"> | undefined;
}

/** Ids of the page that a slug could have too. All others hold an underscore or a capital, which no slug does. */
const takenIds = new Set(["expiration", "subnet", "note", "grants", "main", "busy", "announcer"]);

/**
 * One program in a form about an API key: a box to read its applications, and one to write. The
 * fields and the id of the first box are CiviForm's.
 */
export function ProgramRow({ program, read, write, questions }: ProgramRowProps): JSX.Element {
  const { name, slug, isPublished = true } = program;
  const boxes = [
    { word: "Read", field: "read", id: takenIds.has(slug) ? `program_${slug}` : slug, isChecked: read },
    { word: "Write", field: "write", id: `write_${slug}`, isChecked: write },
  ];
  return (
    <li class="civikey-program" id={attribute(`row_${slug}`)}>
      <div class="civikey-program__name">
        <UserText text={name} />
        <p class="civikey-program__slug">
          <span safe>{slug}</span> {!isPublished && <Badge tone="neutral" text="Not published yet" />}
        </p>
      </div>
      {boxes.map(({ word, field, id, isChecked }) =>
        isChecked === null ? (
          <span />
        ) : (
          <Checkbox name={`grant-program-${field}[${slug}]`} id={id} isChecked={isChecked}>
            {Html.escapeHtml(word)}
            <span class="usa-sr-only">{Html.escapeHtml(`: ${name}`)}</span>
          </Checkbox>
        ),
      )}
      {questions !== undefined && <QuestionChoice program={program} {...questions} />}
    </li>
  );
}

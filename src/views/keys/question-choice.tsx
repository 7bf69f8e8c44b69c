import type { PropsWithChildren } from "@elysiajs/html";
import { Html } from "@elysiajs/html";
import { questionsField } from "../../domain/access/keys/question-form.ts";
import type { QuestionEntry } from "../../domain/programs/questions/entries.ts";
import { Checkbox } from "../parts/choice.tsx";
import { Badge } from "../parts/components.tsx";
import { Problems } from "../parts/forms.tsx";
import { attribute, Code, UserText } from "../parts/text.tsx";

/** What a form says of the questions of one program, and what there is to choose. */
export interface OfferedQuestions {
  /** As it was filled in. */
  readonly mode: string;
  readonly keys: readonly string[];
  readonly entries: readonly QuestionEntry[];
  /** The modes that are offered. */
  readonly modes: readonly string[];
}

/** What opens and changes the choice without a script: buttons of the form, or a link where the form has none. */
export interface QuestionChoiceProps {
  readonly program: { readonly name: string; readonly slug: string };
  /** Undefined while the key is to see all questions. */
  readonly offered: OfferedQuestions | undefined;
  readonly problems: readonly string[] | undefined;
  /** Where a click leads. Of the new-key form it is the page that comes back with what was filled in. */
  readonly opens: { readonly formTo: string } | { readonly href: string };
}

const modeLabels: Readonly<Record<string, string>> = {
  all: "All questions, and those of later versions",
  only: "Only the checked ones",
  except: "All but the checked ones, and those of later versions",
};

/** Which questions of a program a key sees: all, or a list to choose from. */
export function QuestionChoice({ program, offered, problems = [], opens }: QuestionChoiceProps): JSX.Element {
  const { name, slug } = program;
  const field = questionsField(slug);
  if (offered === undefined) {
    return (
      <p class="civikey-choice" id={attribute(field)}>
        All questions{" "}
        {"href" in opens ? (
          <a href={attribute(opens.href)} {...swapRow("get", opens.href, slug)}>
            Choose
            <span class="usa-sr-only">{Html.escapeHtml(` questions of ${name}`)}</span>
          </a>
        ) : (
          <FormButton to={opens.formTo} name="choose" slug={slug}>
            Choose
            <span class="usa-sr-only">{Html.escapeHtml(` questions of ${name}`)}</span>
          </FormButton>
        )}
      </p>
    );
  }
  const { mode, keys, entries, modes } = offered;
  return (
    <fieldset class="usa-fieldset civikey-choice" id={attribute(field)} tabindex="-1">
      <legend class="usa-label civikey-legend">
        Questions of <UserText text={name} />
      </legend>
      <Problems name={field} problems={problems} />
      {modes.map((each) => (
        <div class="usa-radio">
          <input
            class="usa-radio__input"
            type="radio"
            id={attribute(`${each}_of_${slug}`)}
            name={attribute(field)}
            value={attribute(each)}
            checked={each === mode}
          />
          <label class="usa-radio__label" for={attribute(`${each}_of_${slug}`)} safe>
            {modeLabels[each] ?? each}
          </label>
        </div>
      ))}
      {"formTo" in opens && (
        <p class="civikey-offers">
          <FormButton to={opens.formTo} name="leaveOut" slug={slug}>
            Leave all personal ones out
          </FormButton>
        </p>
      )}
      <ul class="civikey-choice__entries">
        {entries.map((entry) => (
          <li>
            <Entry slug={slug} entry={entry} isChecked={keys.includes(entry.key)} />
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function Entry(props: { slug: string; entry: QuestionEntry; isChecked: boolean }): JSX.Element {
  const { key, name, types, tags, isPersonal, enumerator } = props.entry;
  return (
    <Checkbox
      name={`grant-question[${props.slug}]`}
      id={`question_${key}_of_${props.slug}`}
      value={key}
      isChecked={props.isChecked}
    >
      <UserText text={name} /> {isPersonal && <Badge tone="soon" text="Personal" />}
      <span class="usa-checkbox__label-description">
        <Code text={key === "" ? "(empty key)" : key} />{" "}
        <span safe>
          {[...types, ...tags, ...(enumerator === null ? [] : [`in ${enumerator}, which must be visible too`])].join(
            ", ",
          )}
        </span>
      </span>
    </Checkbox>
  );
}

/** With a script only the program's row changes, and in a new key's form what it says of the key. */
function swapRow(verb: "get" | "post", href: string, slug: string) {
  const row = `#row_${slug}`;
  return { [`hx-${verb}`]: attribute(href), "hx-select": row, "hx-target": row, "hx-swap": "outerHTML" };
}

function FormButton(props: PropsWithChildren<{ to: string; name: string; slug: string }>) {
  const { to, name, slug } = props;
  return (
    <button
      type="submit"
      class="usa-button usa-button--unstyled"
      formaction={attribute(to)}
      formnovalidate
      name={name}
      value={attribute(slug)}
      {...swapRow("post", to, slug)}
      hx-select-oob="#key_preview"
    >
      {props.children}
    </button>
  );
}

import { Html, type PropsWithChildren } from "@elysiajs/html";
import type { FieldProblems } from "../../lib/errors.ts";
import { isFieldDate, pluralize } from "./format.ts";
import { attribute } from "./text.tsx";

type FieldOptions = readonly (readonly [value: string, text: string])[];

/** One field: its name in the form, how it is filled in, and what is wrong with it. */
interface FieldProps {
  readonly name: string;
  /** The name unless given. */
  readonly id?: string;
  readonly label: string;
  readonly hint?: string;
  readonly value?: string;
  readonly type?: "text" | "email" | "password" | "date" | "search" | "file";
  /** Given, the field is a text area of that many lines. */
  readonly rows?: number;
  /** Given, the field is a drop-down. */
  readonly options?: FieldOptions;
  /** More of the drop-down, under headings. */
  readonly groups?: readonly (readonly [heading: string, options: FieldOptions])[];
  /** The id of a hint that several fields share. */
  readonly describedBy?: string;
  readonly autocomplete?: string;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly narrow?: boolean;
  /** Takes the focus when the page opens: for a page with nothing to read before its form. */
  readonly isFocused?: boolean;
  /** Phones offer digits first. */
  readonly isNumeric?: boolean;
  /** Of a file field: the types to choose from, and the size limit. */
  readonly accept?: string;
  readonly bytesMax?: number;
  readonly min?: string;
  readonly max?: string;
  readonly problems?: readonly string[] | undefined;
  /** What belongs right under the field, such as a button that fills it in. */
  readonly children?: PropsWithChildren["children"];
}

/** A labelled field with its hint and its problems, all of them announced with it. */
export function Field(props: FieldProps): JSX.Element {
  const { name, id = name, label, hint, problems = [] } = props;
  const isWrong = problems.length > 0;
  return (
    <div class={isWrong ? "usa-form-group usa-form-group--error" : "usa-form-group"}>
      <label class={isWrong ? "usa-label usa-label--error" : "usa-label"} for={id}>
        {Html.escapeHtml(label)}
        {props.optional && <span class="usa-hint"> (optional)</span>}
      </label>
      {hint !== undefined && (
        <p class="usa-hint civikey-hint" id={`${name}_hint`} safe>
          {hint}
        </p>
      )}
      <Problems name={name} problems={problems} />
      <Control {...props} />
      {props.children}
    </div>
  );
}

function Control(props: FieldProps): JSX.Element {
  const { name, id = name, problems = [], rows, options, value = "" } = props;
  const described = [props.hint && `${name}_hint`, props.describedBy, problems.length > 0 && `${name}_problems`];
  const shared = {
    id,
    name,
    required: props.required,
    autocomplete: props.autocomplete ?? (props.type === "file" ? undefined : "off"),
    "aria-invalid": problems.length > 0 ? ("true" as const) : undefined,
    "aria-describedby": described.filter(Boolean).join(" ") || undefined,
    ...(props.isFocused ? focusFirst : {}),
  };
  if (props.type === "file") {
    const { accept, bytesMax } = props;
    const limit = { "data-bytes-max": bytesMax?.toString() };
    return <input class="civikey-file" type="file" accept={accept} {...limit} {...shared} />;
  }
  const tone = problems.length > 0 ? " usa-input--error" : "";
  if (options !== undefined) {
    return (
      <select class={`usa-select${tone}`} {...shared}>
        <Options options={options} value={value} />
        {props.groups?.map(([heading, grouped]) => (
          <optgroup label={heading}>
            <Options options={grouped} value={value} />
          </optgroup>
        ))}
      </select>
    );
  }
  if (rows !== undefined) {
    return (
      <textarea class={`usa-textarea civikey-textarea${tone}`} rows={String(rows)} {...shared} safe>
        {/* A leading line break would be dropped by the parser; one more keeps it. */}
        {`\n${value}`}
      </textarea>
    );
  }
  // A date field would drop text that is not a date, and the person could not see what was wrong.
  const isText = props.type === "date" && !isFieldDate(value);
  return (
    <input
      class={`usa-input${tone}${props.narrow ? " civikey-narrow" : ""}`}
      type={isText ? "text" : (props.type ?? "text")}
      value={attribute(value)}
      min={props.min}
      max={props.max}
      inputmode={props.isNumeric ? "numeric" : undefined}
      spellcheck="false"
      {...shared}
    />
  );
}

function Options({ options, value }: { options: FieldOptions; value: string }): JSX.Element {
  return (
    <>
      {options.map(([option, text]) => (
        <option value={attribute(option)} selected={option === value} safe>
          {text}
        </option>
      ))}
    </>
  );
}

/** What is wrong with a field, under its label. */
export function Problems(props: { name: string; problems: readonly string[] }): JSX.Element {
  if (props.problems.length === 0) return "";
  return (
    <div id={`${props.name}_problems`}>
      {props.problems.map((problem) => (
        <p class="usa-error-message civikey-break" safe>
          {problem}
        </p>
      ))}
    </div>
  );
}

/** Takes the focus when the page opens; HTML allows it on every element, the JSX types do not yet. */
const focusFirst = { autofocus: true };

/** All problems of a form above it, each a link to its field. It takes the focus, with or without scripts. */
export function ErrorSummary({ problems }: { problems: FieldProblems }): JSX.Element {
  const all = Object.entries(problems).flatMap(([name, texts]) => texts.map((text) => ({ name, text })));
  if (all.length === 0) return "";
  return (
    <section
      class="usa-alert usa-alert--error civikey-summary"
      aria-labelledby="error_summary_title"
      tabindex="-1"
      {...focusFirst}
    >
      <div class="usa-alert__body">
        <h2 class="usa-alert__heading" id="error_summary_title" safe>
          {`There ${all.length === 1 ? "is" : "are"} ${pluralize(all.length, "problem")}`}
        </h2>
        <ul class="civikey-summary__list">
          {all.map(({ name, text }) => (
            <li>
              <a class="civikey-break" href={attribute(`#${name}`)} safe>
                {text}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

/** The title of a form's page, saying first that there are problems. */
export function formTitle(title: string, problems: FieldProblems): string {
  return Object.keys(problems).length === 0 ? title : `Error: ${title}`;
}

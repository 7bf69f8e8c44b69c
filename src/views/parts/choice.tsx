/** Checkboxes, radio buttons, and groups of them. */
import type { PropsWithChildren } from "@elysiajs/html";
import { Problems } from "./forms.tsx";
import { attribute } from "./text.tsx";

/** One of several that a person chooses from. */
export interface Option {
  readonly value: string;
  readonly label: string;
  /** What it means, in a few words under it. */
  readonly description: string;
}

/** A box to check; what it says are the children. Unless it has another, its id is the name. */
export function Checkbox(props: {
  name: string;
  id?: string;
  isChecked: boolean;
  /** What is sent when it is checked; `true` unless given. */
  value?: string;
  /** The id of what says more about it. */
  describedBy?: string;
  class?: string;
  children: PropsWithChildren["children"];
}): JSX.Element {
  const { name, id = name } = props;
  return (
    <div class={props.class === undefined ? "usa-checkbox" : `usa-checkbox ${props.class}`}>
      <input
        class="usa-checkbox__input"
        type="checkbox"
        id={attribute(id)}
        name={attribute(name)}
        value={attribute(props.value ?? "true")}
        checked={props.isChecked}
        aria-describedby={props.describedBy && attribute(props.describedBy)}
      />
      <label class="usa-checkbox__label" for={attribute(id)}>
        {props.children}
      </label>
    </div>
  );
}

/** Several to choose from, with a hint and the problems of all of them. The group's id is the name. */
export function ChoiceGroup(props: {
  name: string;
  legend: string;
  hint: string;
  problems: readonly string[] | undefined;
  children: PropsWithChildren["children"];
}): JSX.Element {
  const { name, problems = [] } = props;
  const isWrong = problems.length > 0;
  return (
    <fieldset
      class={`usa-fieldset usa-form-group${isWrong ? " usa-form-group--error" : ""}`}
      id={name}
      tabindex="-1"
      aria-describedby={isWrong ? `${name}_hint ${name}_problems` : `${name}_hint`}
    >
      <legend class="usa-label civikey-legend" safe>
        {props.legend}
      </legend>
      <p class="usa-hint civikey-hint" id={`${name}_hint`} safe>
        {props.hint}
      </p>
      <Problems name={name} problems={problems} />
      {props.children}
    </fieldset>
  );
}

/** A group of radio buttons, all options in sight. */
export function Choice(props: {
  name: string;
  legend: string;
  hint: string;
  options: readonly Option[];
  value: string;
  problems: readonly string[] | undefined;
}): JSX.Element {
  const { name } = props;
  return (
    <ChoiceGroup {...props}>
      {props.options.map((option) => (
        <div class="usa-radio">
          <input
            class="usa-radio__input"
            type="radio"
            id={`${name}_${option.value}`}
            name={name}
            value={attribute(option.value)}
            checked={option.value === props.value}
            required
          />
          <label class="usa-radio__label" for={`${name}_${option.value}`}>
            <span safe>{option.label}</span>
            <span class="usa-radio__label-description" safe>
              {option.description}
            </span>
          </label>
        </div>
      ))}
    </ChoiceGroup>
  );
}

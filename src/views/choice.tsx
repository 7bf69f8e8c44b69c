import { attribute } from "./components.tsx";
import { Problems } from "./forms.tsx";

/** One of several that a person chooses from. */
export interface Option {
  readonly value: string;
  readonly label: string;
  /** What it means, in a few words under it. */
  readonly description: string;
}

/** A group of radio buttons, all options in sight. The group's id is the name. */
export function Choice(props: {
  name: string;
  legend: string;
  hint: string;
  options: readonly Option[];
  value: string;
  problems: readonly string[] | undefined;
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
    </fieldset>
  );
}

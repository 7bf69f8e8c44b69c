import { attribute } from "./components.tsx";
import { Problems } from "./forms.tsx";

/** A labelled drop-down in a `civikey-chooser` form. Unless it has another, its id is the name. */
export function SelectField(props: {
  name: string;
  id?: string;
  label: string;
  options: readonly (readonly [value: string, text: string])[];
  value: string;
  problems?: readonly string[] | undefined;
  isWide?: boolean;
}): JSX.Element {
  const { name, id = name, problems = [] } = props;
  const isWrong = problems.length > 0;
  return (
    <div class={`civikey-chooser__field${props.isWide ? " civikey-chooser__field--wide" : ""}`}>
      <label class="civikey-chooser__label" for={id} safe>
        {props.label}
      </label>
      <Problems name={name} problems={problems} />
      <select
        class={isWrong ? "usa-select usa-input--error" : "usa-select"}
        id={id}
        name={name}
        aria-invalid={isWrong ? "true" : undefined}
        aria-describedby={isWrong ? `${name}_problems` : undefined}
      >
        {props.options.map(([value, text]) => (
          <option value={attribute(value)} selected={value === props.value} safe>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

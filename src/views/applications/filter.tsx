import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { attribute } from "../parts/components.tsx";
import { type Clock, formatZone } from "../parts/format.ts";
import { Problems } from "../parts/forms.tsx";
import { applicationsHref } from "../parts/hrefs.ts";
import { SelectField } from "../parts/select-field.tsx";

/** The filters as they were given, by the names of the API's parameters; empty when not given. */
export interface ApplicationFilter {
  readonly fromDate: string;
  readonly toDate: string;
  readonly revisionState: string;
}

/** Whether any filter is given. */
export function isFiltered(filter: ApplicationFilter): boolean {
  return Object.values(filter).some((value) => value !== "");
}

const states = [
  ["", "Both"],
  ["CURRENT", "Current"],
  ["OBSOLETE", "Obsolete"],
] as const;
const isDay = /^\d{4}-\d{2}-\d{2}$/;

/** The API's filters, in a form that htmx answers in place. */
export function ApplicationFilterForm(props: {
  program: DescribedProgram;
  filter: ApplicationFilter;
  problems: FieldProblems;
  page: Clock;
}): JSX.Element {
  const { program, filter, problems } = props;
  const { revisionState: state } = filter;
  const path = attribute(applicationsHref(program.slug));
  return (
    <search>
      <form
        class="civikey-chooser civikey-filter"
        id="filter"
        method="get"
        action={path}
        novalidate
        hx-get={path}
        hx-push-url="true"
        hx-sync="this:replace"
        hx-target="#applications"
        hx-swap="outerMorph"
        hx-indicator="#busy"
      >
        <DateField name="fromDate" label="Submitted on or after" value={filter.fromDate} problems={problems.fromDate} />
        <DateField name="toDate" label="Submitted before" value={filter.toDate} problems={problems.toDate} />
        <SelectField
          name="revisionState"
          label="Revision state"
          options={problems.revisionState ? [...states, [state, state]] : states}
          value={state}
          problems={problems.revisionState}
        />
        <button type="submit" class="usa-button usa-button--outline">
          Filter
        </button>
        {isFiltered(filter) && (
          <a class="civikey-filter__clear" href={path}>
            Clear filter
          </a>
        )}
        <p class="civikey-aside civikey-filter__hint" id="filter_hint" safe>
          {`Days start at midnight, ${formatZone(props.page)}.`}
        </p>
      </form>
    </search>
  );
}

/** A calendar for days, and a text field for what no calendar shows, such as a time. */
function DateField(props: {
  name: "fromDate" | "toDate";
  label: string;
  value: string;
  problems: readonly string[] | undefined;
}): JSX.Element {
  const { name, label, value, problems = [] } = props;
  const isWrong = problems.length > 0;
  const isCalendar = value === "" || (isDay.test(value) && !isWrong);
  return (
    <div class={`civikey-chooser__field${isCalendar ? "" : " civikey-filter__text"}`}>
      <label class="civikey-chooser__label" for={name} safe>
        {label}
      </label>
      <Problems name={name} problems={problems} />
      <input
        class={isWrong ? "usa-input usa-input--error" : "usa-input"}
        type={isCalendar ? "date" : "text"}
        id={name}
        name={name}
        value={attribute(value)}
        autocomplete="off"
        spellcheck="false"
        aria-invalid={isWrong ? "true" : undefined}
        aria-describedby={isWrong ? `filter_hint ${name}_problems` : "filter_hint"}
      />
    </div>
  );
}

import type { FieldProblems } from "../../lib/errors.ts";
import { attribute } from "../parts/components.tsx";
import { isFieldDate } from "../parts/format.ts";
import { Field } from "../parts/forms.tsx";
import { auditActions } from "./sentences.tsx";

/** The filters as they were filled in; empty where nothing was. */
export interface AuditQuery {
  readonly who: string;
  /** An action. */
  readonly what: string;
  /** A key id, or a part of a name. */
  readonly key: string;
  /** `YYYY-MM-DD`, both days included. */
  readonly from: string;
  readonly until: string;
}

/** The filters of the audit log: a plain form, and live where scripts run. */
export function AuditFilter(props: { query: AuditQuery; problems: FieldProblems }): JSX.Element {
  const { query, problems } = props;
  return (
    <search>
      <form
        class="civikey-filter"
        id="filter"
        method="get"
        action="/admin/audit"
        novalidate
        hx-get="/admin/audit"
        hx-trigger="submit, change, input changed delay:250ms from:#who, input changed delay:250ms from:#key"
        hx-replace-url="true"
        hx-sync="this:replace"
        hx-target="#audit"
        hx-swap="outerMorph"
        hx-indicator="#busy"
      >
        <Field name="who" label="Who" value={query.who} />
        <div class="usa-form-group">
          <label class="usa-label" for="what">
            What
          </label>
          <select class="usa-select" id="what" name="what">
            <option value="">Everything</option>
            {auditActions.map(([value, name]) => (
              <option value={value} selected={value === query.what} safe>
                {name}
              </option>
            ))}
            {query.what !== "" && !auditActions.some(([value]) => value === query.what) && (
              <option value={attribute(query.what)} selected safe>
                {query.what}
              </option>
            )}
          </select>
        </div>
        <div class="civikey-filter__wide">
          <Field name="key" label="API key" value={query.key} />
        </div>
        <DayField name="from" label="From date" value={query.from} problems={problems.from} />
        <DayField name="until" label="Until date" value={query.until} problems={problems.until} />
        <button type="submit" class="usa-button usa-button--outline civikey-filter__wide">
          Filter
        </button>
      </form>
    </search>
  );
}

/** A date field would drop text that is not a date, and the person could not see what was wrong. */
function DayField(props: {
  name: string;
  label: string;
  value: string;
  problems: readonly string[] | undefined;
}): JSX.Element {
  return <Field {...props} type={isFieldDate(props.value) ? "date" : "text"} />;
}

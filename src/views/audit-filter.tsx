import type { AuditListProps } from "./audit-list.ts";
import { auditActions } from "./audit-sentences.tsx";
import { attribute } from "./components.tsx";
import { Field } from "./forms.tsx";

/** The filters of the audit trail: a plain form, and live where scripts run. */
export function AuditFilter({ query, problems }: AuditListProps): JSX.Element {
  return (
    <search>
      <form
        class="civikey-filter"
        id="filter"
        method="get"
        action="/admin/audit"
        novalidate
        hx-get="/admin/audit"
        hx-trigger="submit, change, input changed delay:250ms from:#actor, input changed delay:250ms from:#key"
        hx-replace-url="true"
        hx-sync="this:replace"
        hx-target="#audit"
        hx-swap="outerMorph"
        hx-indicator="#busy"
      >
        <Field name="actor" label="Who" value={query.actor} />
        <div class="usa-form-group">
          <label class="usa-label" for="action">
            What
          </label>
          <select class="usa-select" id="action" name="action">
            <option value="">Everything</option>
            {auditActions.map(([value, name]) => (
              <option value={value} selected={value === query.action} safe>
                {name}
              </option>
            ))}
            {query.action !== "" && !auditActions.some(([value]) => value === query.action) && (
              <option value={attribute(query.action)} selected safe>
                {query.action}
              </option>
            )}
          </select>
        </div>
        <Field name="key" label="API key" value={query.key} />
        <DayField name="from" label="From" value={query.from} problems={problems.from} />
        <DayField name="to" label="Until" value={query.to} problems={problems.to} />
        <button type="submit" class="usa-button usa-button--outline">
          Filter
        </button>
      </form>
    </search>
  );
}

/** A date field would drop what is no date, and a person could not see what was wrong. */
function DayField(props: {
  name: string;
  label: string;
  value: string;
  problems: readonly string[] | undefined;
}): JSX.Element {
  return <Field {...props} type={/^(?:\d{4}-\d{2}-\d{2})?$/.test(props.value) ? "date" : "text"} />;
}

import type { FieldProblems } from "../../lib/errors.ts";
import { SubmitButton } from "../parts/buttons.tsx";
import { Field } from "../parts/forms.tsx";
import { ListForm } from "../parts/list-page.tsx";
import { auditActionGroups } from "./sentences.tsx";

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

/** The filters of the audit log. */
export function AuditFilter({ query, problems }: { query: AuditQuery; problems: FieldProblems }): JSX.Element {
  const { what } = query;
  const isKnown = what === "" || auditActionGroups.some(([, actions]) => actions.some(([action]) => action === what));
  const options = [["", "Everything"] as const, ...(isKnown ? [] : [[what, what] as const])];
  return (
    <ListForm
      class="civikey-filter"
      path="/admin/audit"
      region="audit"
      live={["who", "key"]}
      choices={["what", "from", "until"]}
    >
      <Field name="who" label="Who" value={query.who} />
      <Field name="what" label="What" options={options} groups={auditActionGroups} value={what} />
      <Field name="key" label="API key" value={query.key} />
      <Field name="from" label="From date" type="date" value={query.from} problems={problems.from} />
      <Field name="until" label="Until date" type="date" value={query.until} problems={problems.until} />
      <SubmitButton text="Filter" look="outline" />
    </ListForm>
  );
}

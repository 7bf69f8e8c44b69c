import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { SubmitButton } from "../parts/buttons.tsx";
import { type Clock, formatZone } from "../parts/format.ts";
import { Field } from "../parts/forms.tsx";
import { applicationsHref } from "../parts/hrefs.ts";
import { ListForm } from "../parts/list-page.tsx";
import { attribute } from "../parts/text.tsx";

/** The filters as they were given, three of them by the names of the API's parameters; empty when not given. */
export interface ApplicationFilter {
  /** An application's id. */
  readonly q: string;
  readonly status: string;
  readonly fromDate: string;
  readonly toDate: string;
  readonly revisionState: string;
}

/** Whether any filter is given. */
export function isFiltered(filter: ApplicationFilter): boolean {
  return Object.values(filter).some((value) => value !== "");
}

/** Whether the API has all filters that are given. */
export function isOfApi({ q, status }: ApplicationFilter): boolean {
  return q === "" && status === "";
}

const states = [
  ["", "Both"],
  ["CURRENT", "Current"],
  ["OBSOLETE", "Obsolete"],
] as const;

/** The API's filters. */
export function ApplicationFilterForm(props: {
  program: DescribedProgram;
  filter: ApplicationFilter;
  statuses: readonly string[];
  problems: FieldProblems;
  page: Clock;
}): JSX.Element {
  const { program, filter, problems } = props;
  const { revisionState: state, status } = filter;
  const statuses = new Set([...props.statuses, ...(status === "" ? [] : [status])]);
  const path = applicationsHref(program.slug);
  const day = { type: "date", describedBy: "filter_hint" } as const;
  return (
    <ListForm class="civikey-filter" path={path} region="applications">
      <Field name="q" label="Application ID" type="search" value={filter.q} problems={problems.q} isNumeric />
      <Field
        name="status"
        label="Status"
        options={[["", "Any"], ...[...statuses].map((text) => [text, text] as const)]}
        value={status}
      />
      <Field
        name="fromDate"
        label="Submitted on or after"
        value={filter.fromDate}
        problems={problems.fromDate}
        {...day}
      />
      <Field name="toDate" label="Submitted before" value={filter.toDate} problems={problems.toDate} {...day} />
      <Field
        name="revisionState"
        label="Revision state"
        options={problems.revisionState ? [...states, [state, state]] : states}
        value={state}
        problems={problems.revisionState}
      />
      <SubmitButton text="Filter" look="outline" />
      {isFiltered(filter) && (
        <a class="civikey-filter__link" href={attribute(path)}>
          Clear filter
        </a>
      )}
      <p class="civikey-aside civikey-filter__hint" id="filter_hint" safe>
        {`Days start at midnight, ${formatZone(props.page)}.`}
      </p>
    </ListForm>
  );
}

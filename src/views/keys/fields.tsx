/** The fields that the forms about API keys share. */
import type { FieldProblems } from "../../lib/errors.ts";
import { type Clock, formatDay, formatZone, isoDateAfter } from "../parts/format.ts";
import { Field } from "../parts/forms.tsx";
import { attribute, Code } from "../parts/text.tsx";

const presets = [
  { days: 30, label: "30 days" },
  { days: 90, label: "90 days" },
  { days: 365, label: "1 year" },
];

/** The expiration date, with buttons for the usual ones that are allowed. */
export function ExpirationField(props: {
  page: Clock;
  label?: string;
  value: string;
  /** `YYYY-MM-DD`; null without a limit. */
  latest: string | null;
  problems: readonly string[] | undefined;
}): JSX.Element {
  const { page, value, latest } = props;
  const limit = latest === null ? "" : ` The latest date is ${formatDay(latest)}.`;
  const offered = presets
    .map(({ days, label }) => ({ label, date: isoDateAfter(days, page) }))
    .filter(({ date }) => latest === null || date <= latest);
  return (
    <Field
      name="expiration"
      label={props.label ?? "Expiration date"}
      hint={`The key stops working when this day starts (${formatZone(page)}). For very sensitive data, replace keys every week or month; for most, every year is fine.${limit}`}
      type="date"
      narrow
      value={value}
      min={isoDateAfter(1, page)}
      {...(latest === null ? {} : { max: latest })}
      required
      problems={props.problems}
    >
      {offered.length > 0 && (
        <p class="civikey-offers" data-offers hidden>
          Expires in
          {offered.map(({ label, date }) => (
            <button type="button" class="usa-button usa-button--unstyled" data-fill="expiration" data-value={date} safe>
              {label}
            </button>
          ))}
        </p>
      )}
    </Field>
  );
}

/** Until when the key's holder may replace it by a call; empty for never. `max` where that can only become earlier. */
export function RenewalField(props: {
  value: string;
  min: string;
  max?: string;
  problems: readonly string[] | undefined;
}): JSX.Element {
  const { value, min, max, problems } = props;
  return (
    <Field
      name="renewUntil"
      label="Can replace itself until"
      hint="Lets the system that has the key rotate it through the API, until this day starts. Leave it blank if only admins should."
      type="date"
      narrow
      optional
      value={value}
      min={min}
      {...(max === undefined ? {} : { max })}
      problems={problems}
    />
  );
}

/** Where calls may come from, with a button for the caller's own address. */
export function SubnetField(props: {
  value: string;
  /** The caller's own address as a subnet; null when it is not known. */
  currentSubnet: string | null;
  problems: readonly string[] | undefined;
}): JSX.Element {
  const { currentSubnet } = props;
  return (
    <Field
      name="subnet"
      label="API key subnet"
      hint="The IP addresses that calls may come from, in CIDR notation: one per line, or separated by commas. A single address is 8.8.8.8/32, or ends in /128 for IPv6."
      rows={3}
      value={props.value}
      required
      problems={props.problems}
    >
      {currentSubnet !== null && (
        <p class="civikey-offers">
          <span>
            Your current address: <Code text={currentSubnet} />
          </span>
          <button
            type="button"
            class="usa-button usa-button--unstyled"
            data-fill="subnet"
            data-value={attribute(currentSubnet)}
            data-append
            hidden
          >
            Use my current address
          </button>
        </p>
      )}
    </Field>
  );
}

/** Who is told before a key expires, and a note for other admins. */
export function ContactAndNote(props: {
  values: { readonly contactEmail: string; readonly note: string };
  problems: FieldProblems;
}): JSX.Element {
  const { values, problems } = props;
  return (
    <>
      <Field
        name="contactEmail"
        label="Contact e-mail"
        hint="Who to tell before the key expires, and when it replaces or retires itself."
        type="email"
        optional
        value={values.contactEmail}
        problems={problems.contactEmail}
      />
      <Field
        name="note"
        label="Note"
        hint="For other admins, such as a ticket number. Never put credentials here."
        rows={3}
        optional
        value={values.note}
        problems={problems.note}
      />
    </>
  );
}

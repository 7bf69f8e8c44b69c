import type { ApiKey, NamedGrant } from "../../domain/access/keys/find.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { ChoiceGroup } from "../parts/choice.tsx";
import { UserText } from "../parts/components.tsx";
import { formPage } from "../parts/form-page.tsx";
import { formatDateTime, formatIsoDate, formatZone, isFieldDate, isoDateAfter } from "../parts/format.ts";
import { Field } from "../parts/forms.tsx";
import type { PageContext } from "../parts/layout.tsx";
import type { NewApiKeyValues } from "./create.tsx";
import { ContactAndNote } from "./fields.tsx";
import { ProgramRow } from "./program-row.tsx";

/** What the page that edits or restricts a key shows. */
export interface NarrowApiKeyPageProps {
  readonly page: PageContext;
  /** The key as it is. */
  readonly apiKey: ApiKey;
  /** The form: what is to stay. */
  readonly values: NewApiKeyValues;
  /** By field: `keyName`, `expiration`, `subnet`, `grants`, `contactEmail`, `note`. */
  readonly problems: FieldProblems;
}

/** The page that edits or restricts a key: `POST /admin/apiKeys/:id/narrow`. */
export function narrowApiKeyPage(props: NarrowApiKeyPageProps): string {
  const { page, apiKey, values, problems } = props;
  const href = `/admin/apiKeys/${apiKey.id}`;
  return formPage({
    page,
    section: "/admin/apiKeys",
    title: "Edit or restrict API key",
    heading: (
      <>
        Edit or restrict <UserText text={apiKey.name} />
      </>
    ),
    problems,
    intro: (
      <p>
        You can rename this key or reduce its access. Changes apply immediately and access can't be added back. To grant
        more, create a new key.
      </p>
    ),
    action: `${href}/narrow`,
    fields: (
      <>
        <Field name="keyName" label="API key name" value={values.keyName} required problems={problems.keyName} />
        <Expiration {...props} />
        <Field
          name="subnet"
          label="API key subnet"
          hint="Remove subnets or make them smaller. You can't add any."
          rows={Math.min(apiKey.subnets.length + 1, 10)}
          value={values.subnet}
          required
          problems={problems.subnet}
        />
        <GrantsToKeep {...props} />
        <ContactAndNote values={values} problems={problems} />
      </>
    ),
    button: "Save changes",
    cancel: { href, label: "Cancel" },
  });
}

function Expiration({ page, apiKey, values, problems }: NarrowApiKeyPageProps): JSX.Element {
  const latest = formatIsoDate(apiKey.expiration, page.zone);
  const tomorrow = isoDateAfter(1, page);
  return (
    <Field
      name="expiration"
      label="Expiration date"
      hint={`The key expires on ${formatDateTime(apiKey.expiration, page.zone)}. To end it sooner, choose an earlier date: it stops working when that day starts (${formatZone(page)}).`}
      // A date field would drop text that is not a date, and the person could not see what was wrong.
      type={isFieldDate(values.expiration) ? "date" : "text"}
      narrow
      value={values.expiration}
      {...(tomorrow <= latest ? { min: tomorrow } : {})}
      max={latest}
      required
      problems={problems.expiration}
    />
  );
}

function GrantsToKeep({ apiKey, values, problems }: NarrowApiKeyPageProps): JSX.Element {
  const grantsBySlug = Map.groupBy(apiKey.grants, ({ slug }) => slug);
  return (
    <ChoiceGroup
      name="grants"
      legend="Allowed programs"
      hint="Clear the programs this key should no longer read or write."
      problems={problems.grants}
    >
      <ul class="civikey-programs">
        {[...grantsBySlug].map(([slug, held]) => (
          <ProgramRow
            program={{ slug, name: held[0]?.programName ?? slug }}
            read={keptOf(held, "READ", values.read)}
            write={keptOf(held, "WRITE", values.write)}
          />
        ))}
      </ul>
    </ChoiceGroup>
  );
}

/** Whether the key keeps a permission that it has; null for one that it does not have. */
function keptOf(
  held: readonly NamedGrant[],
  permission: NamedGrant["permission"],
  kept: ReadonlySet<string>,
): boolean | null {
  const grant = held.find((one) => one.permission === permission);
  return grant === undefined ? null : kept.has(grant.slug);
}

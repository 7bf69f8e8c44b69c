import type { ApiKey, NamedGrant } from "../../domain/access/keys/find.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { ChoiceGroup } from "../parts/choice.tsx";
import { UserText } from "../parts/components.tsx";
import {
  formatDateTime,
  formatIsoDate,
  formatZone,
  isFieldDate,
  isoDateAfter,
} from "../parts/format.ts";
import { ErrorSummary, Field, formTitle } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import type { NewApiKeyValues } from "./create.tsx";
import { ContactAndNote } from "./fields.tsx";
import { ProgramRow } from "./program-row.tsx";

/** What the page that narrows a key shows. */
export interface NarrowApiKeyPageProps {
  readonly page: PageContext;
  /** The key as it is. */
  readonly apiKey: ApiKey;
  /** The form: what is to stay. */
  readonly values: NewApiKeyValues;
  /** By field: `keyName`, `expiration`, `subnet`, `grants`, `contactEmail`, `note`. */
  readonly problems: FieldProblems;
}

/** The page that takes away from a key, and edits what is said about it: `POST /admin/apiKeys/:id/narrow`. */
export function narrowApiKeyPage(props: NarrowApiKeyPageProps): string {
  const { page, apiKey, problems } = props;
  const title = formTitle("Narrow API key", problems);
  return toHtml(
    <Layout page={page} title={title} section="/admin/apiKeys" htmx={false}>
      <div class="civikey-narrow-page">
        <ErrorSummary problems={problems} />
        <h1>
          Narrow <UserText text={apiKey.name} />
        </h1>
        <p>
          Leave what is to stay. What you take away is gone with the very next call, on every
          server, and cannot be given back: for more than the key has, make a new one.
        </p>
        <NarrowingForm {...props} />
      </div>
    </Layout>,
  );
}

function NarrowingForm(props: NarrowApiKeyPageProps): JSX.Element {
  const { apiKey, values, problems } = props;
  const path = `/admin/apiKeys/${apiKey.id}`;
  return (
    <form class="civikey-form" method="post" action={`${path}/narrow`} novalidate>
      <Field
        name="keyName"
        label="API key name"
        value={values.keyName}
        required
        problems={problems.keyName}
      />
      <Expiration {...props} />
      <Field
        name="subnet"
        label="API key subnet"
        hint="Take lines away, or make subnets smaller. Nothing can be added."
        rows={Math.min(apiKey.subnets.length + 1, 10)}
        value={values.subnet}
        required
        problems={problems.subnet}
      />
      <GrantsToKeep {...props} />
      <ContactAndNote values={values} problems={problems} />
      <div class="civikey-actions">
        <button type="submit" class="usa-button">
          Save changes
        </button>
        <a href={path}>Cancel</a>
      </div>
    </form>
  );
}

function Expiration({ page, apiKey, values, problems }: NarrowApiKeyPageProps): JSX.Element {
  const latest = formatIsoDate(apiKey.expiration, page.zone);
  const tomorrow = isoDateAfter(1, page);
  return (
    <Field
      name="expiration"
      label="Expiration date"
      hint={`The key expires on ${formatDateTime(apiKey.expiration, page.zone)}. An earlier date ends it when that day starts (${formatZone(page)}).`}
      // A date field would drop what is not a date, and a person could not see what was wrong.
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
      hint="Uncheck what the key is not to read or write any more."
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

/** Whether a permission that the key holds is to stay; null for one that it does not hold. */
function keptOf(
  held: readonly NamedGrant[],
  permission: NamedGrant["permission"],
  kept: ReadonlySet<string>,
): boolean | null {
  const grant = held.find((one) => one.permission === permission);
  return grant === undefined ? null : kept.has(grant.slug);
}

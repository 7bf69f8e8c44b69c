import type { ProgramOffer } from "../../domain/programs/grantable.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { PasswordAgain } from "../account/password-fields.tsx";
import { Alert, attribute, Back, PageHeading } from "../parts/components.tsx";
import { ErrorSummary, Field, formTitle } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { ContactAndNote, ExpirationField, SubnetField } from "./fields.tsx";
import { ProgramChoice } from "./program-choice.tsx";

/** The form as it was filled in; the names are CiviForm's. */
export interface NewApiKeyValues {
  readonly keyName: string;
  readonly expiration: string;
  readonly subnet: string;
  readonly contactEmail: string;
  readonly note: string;
  /** The slugs that are checked. */
  readonly read: ReadonlySet<string>;
  readonly write: ReadonlySet<string>;
}

/** What the new-key page shows. */
export interface NewApiKeyPageProps {
  readonly page: PageContext;
  /** No program at all: the page says how to make one, and has no form. */
  readonly offer: ProgramOffer;
  readonly programSearch: string;
  readonly values: NewApiKeyValues;
  /** By field: `keyName`, `expiration`, `subnet`, `grants`, `contactEmail`, `note`, `currentPassword`. */
  readonly problems: FieldProblems;
  /** The caller's own address as a subnet, such as `203.0.113.9/32`; null when it is not known. */
  readonly currentSubnet: string | null;
  /** The latest expiration that is allowed, as `YYYY-MM-DD`; null without a limit. */
  readonly latestExpiration: string | null;
  readonly asksPassword: boolean;
  /** Sent back as `formToken`, so that the same form sent twice makes one key. */
  readonly formToken: string;
}

/** A form that nobody has filled in yet. */
export const emptyNewApiKey: NewApiKeyValues = {
  keyName: "",
  expiration: "",
  subnet: "",
  contactEmail: "",
  note: "",
  read: new Set(),
  write: new Set(),
};

/**
 * The page for a new API key: a plain `POST /admin/apiKeys`, so that the answer never meets htmx, which
 * is here for the search among many programs only.
 */
export function newApiKeyPage(props: NewApiKeyPageProps): string {
  const { page, problems, offer } = props;
  const title = "Create a new API key";
  return toHtml(
    <Layout page={page} title={formTitle(title, problems)} section="/admin/apiKeys" htmx={offer.areMany}>
      <Back href="/admin/apiKeys" name="API keys" />
      <ErrorSummary problems={problems} />
      <PageHeading title={title} />
      {!offer.areMany && offer.found.length === 0 ? <NoPrograms /> : <NewApiKeyForm {...props} />}
    </Layout>,
  );
}

function NoPrograms(): JSX.Element {
  return (
    <Alert tone="info">
      You must create and publish a program before creating an API Key. Export the program from CiviForm as JSON, then{" "}
      <a href="/admin/programs/import">import the file here</a>.
    </Alert>
  );
}

function NewApiKeyForm(props: NewApiKeyPageProps): JSX.Element {
  const { page, values, problems } = props;
  return (
    <form class="civikey-form" method="post" action="/admin/apiKeys" novalidate>
      <input type="hidden" name="formToken" value={attribute(props.formToken)} />
      <Field
        name="keyName"
        label="API key name"
        hint="A name you will recognize, such as the system that uses the key."
        value={values.keyName}
        required
        problems={problems.keyName}
      />
      <ExpirationField
        page={page}
        value={values.expiration}
        latest={props.latestExpiration}
        problems={problems.expiration}
      />
      <SubnetField value={values.subnet} currentSubnet={props.currentSubnet} problems={problems.subnet} />
      <ProgramChoice
        offer={props.offer}
        programSearch={props.programSearch}
        read={values.read}
        write={values.write}
        problems={problems.grants ?? []}
      />
      <ContactAndNote values={values} problems={problems} />
      {props.asksPassword && <PasswordAgain page={page} problems={problems} />}
      <div class="civikey-actions">
        <button type="submit" class="usa-button" id="apikey-submit-button">
          Create
        </button>
        <a href="/admin/apiKeys">Cancel</a>
      </div>
    </form>
  );
}

import type { ProgramOffer } from "../../domain/programs/grantable.ts";
import { Alert } from "../parts/components.tsx";
import { formPage, type ProvenFormProps } from "../parts/form-page.tsx";
import { isoDateAfter } from "../parts/format.ts";
import { Field } from "../parts/forms.tsx";
import { attribute } from "../parts/text.tsx";
import { ContactAndNote, ExpirationField, RenewalField, SubnetField } from "./fields.tsx";
import { KeyPreview, type KeyPreviewProps } from "./preview.tsx";
import { ProgramChoice } from "./program-choice.tsx";
import type { OfferedQuestions } from "./question-choice.tsx";

/** The form as it was filled in; the names are CiviForm's. */
export interface NewApiKeyValues {
  readonly keyName: string;
  readonly expiration: string;
  readonly subnet: string;
  readonly renewUntil?: string | undefined;
  readonly contactEmail: string;
  readonly note: string;
  /** The slugs that are checked. */
  readonly read: ReadonlySet<string>;
  readonly write: ReadonlySet<string>;
  /** The programs whose questions are limited, by slug. */
  readonly offeredQuestions: ReadonlyMap<string, OfferedQuestions>;
}

/**
 * What the new-key page shows; the problems are those of `keyName`, `expiration`, `subnet`, `confirmSubnets`, `grants`,
 * `contactEmail`, `note`, `currentPassword`.
 */
interface NewApiKeyPageProps extends ProvenFormProps {
  /** No program at all: the page says how to make one, and has no form. */
  readonly offer: ProgramOffer;
  readonly programSearch: string;
  readonly values: NewApiKeyValues;
  /** What the key will be able to do. */
  readonly preview: Omit<KeyPreviewProps, "page">;
  /** The caller's own address as a subnet, such as `203.0.113.9/32`; null when it is not known. */
  readonly currentSubnet: string | null;
  /** The latest expiration that is allowed, as `YYYY-MM-DD`; null without a limit. */
  readonly latestExpiration: string | null;
  /** Sent back as `formToken`, so that the same form sent twice makes one key. */
  readonly formToken: string;
}

/**
 * The page for a new API key: a plain `POST /admin/apiKeys`, so that the answer never meets htmx, which is here for
 * the preview and the search among many programs only.
 */
export function newApiKeyPage(props: NewApiKeyPageProps): string {
  const { page, offer, values, problems } = props;
  const hasPrograms = offer.areMany || offer.found.length > 0;
  return formPage({
    ...props,
    section: "/admin/apiKeys",
    back: { href: "/admin/apiKeys", name: "API keys" },
    title: "Create a new API key",
    intro: !hasPrograms && (
      <Alert tone="info">
        You must create and publish a program before creating an API Key. Export the program from CiviForm as JSON, then{" "}
        <a href="/admin/programs/import">import the file here</a>.
      </Alert>
    ),
    formId: "new_key",
    action: "/admin/apiKeys",
    fields: hasPrograms ? (
      <>
        {!offer.areMany && <DefaultButton />}
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
          offer={offer}
          programSearch={props.programSearch}
          read={values.read}
          write={values.write}
          questions={values.offeredQuestions}
          problems={problems}
        />
        <ContactAndNote values={values} problems={problems} />
        <RenewalField value={values.renewUntil ?? ""} min={isoDateAfter(1, page)} problems={problems.renewUntil} />
      </>
    ) : null,
    ...(hasPrograms
      ? { beside: <KeyPreview {...props.preview} page={page} problems={problems.confirmSubnets} /> }
      : {}),
    button: "Create",
    buttonId: "apikey-submit-button",
    cancel: { href: "/admin/apiKeys", label: "Cancel" },
  });
}

/** Enter presses a form's first button, which would be one that opens the questions of a program. */
function DefaultButton(): JSX.Element {
  return (
    <button type="submit" hidden>
      Create
    </button>
  );
}

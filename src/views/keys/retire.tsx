import { Html } from "@elysiajs/html";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { Alert } from "../parts/components.tsx";
import { Fact, NoteFact } from "../parts/facts.tsx";
import type { ProvenFormProps } from "../parts/form-page.tsx";
import { formatCount } from "../parts/format.ts";
import { Field } from "../parts/forms.tsx";
import { type KeyActionProps, KeySummary, keyActionPage } from "./action.tsx";
import { countWeek, isInUse } from "./usage.tsx";

/** What the page before retiring a key shows; the problems are those of `reason` and `currentPassword`. */
interface RetireApiKeyPageProps extends KeyActionProps, ProvenFormProps {
  /** As it was filled in. */
  readonly reason: string;
  /** Day by day, the oldest first. */
  readonly calls: readonly DailyCalls[];
}

/** Asks whether to retire a key: `POST /admin/apiKeys/:id/retire`, with `reason`, and `currentPassword` when asked. */
export function retireApiKeyPage(props: RetireApiKeyPageProps): string {
  const { page, apiKey, calls, problems } = props;
  return keyActionPage({
    ...props,
    action: "retire",
    verb: "Retire",
    intro: (
      <>
        <p>
          Retiring the API key is permanent and will prevent anyone from being able to call the API with the key. Calls
          are refused at once. Anyone who still needs access will need a new key.
        </p>
        {isInUse(apiKey, page.now) && (
          <Alert tone="warning">This key is in use. Systems that use it will lose access.</Alert>
        )}
        <KeySummary apiKey={apiKey} page={page}>
          <Fact name="Calls in the last 7 days">{Html.escapeHtml(formatCount(countWeek(calls)))}</Fact>
          <Fact name="Contact e-mail" text={apiKey.contactEmail ?? "None"} />
          <NoteFact note={apiKey.note} />
        </KeySummary>
      </>
    ),
    fields: <ReasonField reason={props.reason} problems={problems} />,
    button: "Retire key",
    isDangerous: true,
    cancel: "Keep key",
  });
}

/** Why keys are retired. */
export function ReasonField({ reason, problems }: { reason: string; problems: FieldProblems }): JSX.Element {
  return (
    <Field
      name="reason"
      label="Reason"
      hint="For the audit log, such as a ticket number."
      optional
      value={reason}
      problems={problems.reason}
    />
  );
}

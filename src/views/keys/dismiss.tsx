import type { Suggestion } from "../../domain/access/suggestions/rules.ts";
import { Field } from "../parts/forms.tsx";
import { type KeyActionProps, keyActionPage } from "./action.tsx";
import { describeEvidence, suggestionNames } from "./suggestions.tsx";

/** What the page that dismisses a suggestion shows; the problems are those of `note`. */
interface DismissSuggestionPageProps extends KeyActionProps {
  readonly suggestion: Suggestion;
  readonly note: string;
}

/** The page before a suggestion is dismissed: `POST /admin/apiKeys/:id/dismiss`. */
export function dismissSuggestionPage(props: DismissSuggestionPageProps): string {
  const { page, apiKey, suggestion, note, problems } = props;
  return keyActionPage({
    ...props,
    action: "dismiss",
    verb: "Dismiss suggestion for",
    intro: (
      <>
        <p>
          <strong safe>{`${suggestionNames[suggestion.kind]}.`}</strong>{" "}
          <span safe>{describeEvidence(suggestion, apiKey, page)}</span>
        </p>
        <p>Nobody sees this suggestion for 90 days. Your note appears in the audit log.</p>
      </>
    ),
    fields: (
      <>
        <input type="hidden" name="suggestion" value={suggestion.kind} />
        <Field
          name="note"
          label="Note"
          hint="Why the key stays as it is. Never put credentials here."
          rows={3}
          optional
          value={note}
          problems={problems.note}
        />
      </>
    ),
    button: "Dismiss",
    cancel: "Cancel",
  });
}

/** Fills in the form that edits a key as a suggestion would have it. */
import { isAmong } from "../grants.ts";
import type { NarrowingForm } from "../keys/narrow-form.ts";
import type { Suggestion } from "./rules.ts";

/** The form as it would be sent to follow the suggestion; as it is for one that takes nothing away. */
export function followSuggestion(form: NarrowingForm, suggestion: Suggestion | undefined): NarrowingForm {
  if (suggestion?.kind === "shrink_subnets") return { ...form, subnet: suggestion.subnets.join("\n") };
  if (suggestion?.kind !== "take_grants_away") return form;
  return { ...form, grants: form.grants.filter((held) => !isAmong(suggestion.unused, held)) };
}

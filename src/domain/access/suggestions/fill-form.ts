/** Fills in the form that edits a key as a suggestion would have it. */
import type { NarrowingForm } from "../keys/narrow-form.ts";
import type { Suggestion } from "./rules.ts";

/** The form as it would be sent to follow the suggestion; as it is for one that takes nothing away. */
export function followSuggestion(form: NarrowingForm, suggestion: Suggestion | undefined): NarrowingForm {
  if (suggestion?.kind === "shrink_subnets") return { ...form, subnet: suggestion.subnets.join("\n") };
  if (suggestion?.kind !== "take_grants_away") return form;
  const isUnused = (held: NarrowingForm["grants"][number]) =>
    suggestion.unused.some(({ slug, permission }) => slug === held.slug && permission === held.permission);
  return { ...form, grants: form.grants.filter((held) => !isUnused(held)) };
}

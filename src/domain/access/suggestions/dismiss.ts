/** Dismisses suggestions about keys. */
import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { dismissedSuggestions } from "../../../db/schema.ts";
import { refuseInvalidFields } from "../../../lib/errors.ts";
import { recordAuditEvent } from "../audit/record.ts";
import { findNoteProblems } from "../keys/fields.ts";
import { getApiKey } from "../keys/find.ts";
import type { Permitted } from "../people/roles.ts";
import type { SuggestionKind } from "./rules.ts";

/**
 * Hides a suggestion about a key from everyone for 90 days by PostgreSQL's clock, and writes an audit event with the
 * note. Throws `invalid` with what is wrong with `note`, and `not_found`.
 */
export async function dismissSuggestion(
  db: Database,
  input: { id: number; suggestion: SuggestionKind; note: string; actor: Permitted<"change keys">; now: Date },
): Promise<void> {
  const { suggestion } = input;
  const note = input.note.trim();
  refuseInvalidFields({ note: findNoteProblems(note) });
  await db.transaction(async (tx) => {
    const { id, name, keyId } = await getApiKey(tx, input);
    const target = [dismissedSuggestions.apiKeyId, dismissedSuggestions.suggestion];
    await tx
      .insert(dismissedSuggestions)
      .values({ apiKeyId: id, suggestion })
      .onConflictDoUpdate({ target, set: { dismissedAt: sql`now()` } });
    const details = { name, keyId, suggestion: suggestion.replaceAll("_", " "), ...(note && { note }) };
    await recordAuditEvent(tx, input, "api_key.suggestion_dismissed", details, { apiKeyId: id });
  });
}

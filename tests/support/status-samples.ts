/** Status histories: a few changes, and as many as a page shows. */
import type { StatusChange } from "../../src/domain/applications/status.ts";
import { statusChangesShown } from "../../src/views/applications/status-history.tsx";

const latestMicros = 1_795_455_000_000_000n;
const dayMicros = 86_400_000_000n;

/** Set by a key, after an import; newest first. */
export const statusHistory: readonly StatusChange[] = [
  {
    applicationId: "1",
    at: latestMicros,
    status: "Approved <b>at once</b> & for good",
    note: "By the board.\nSee the minutes.",
    previousStatus: "In review",
    previousNote: null,
    apiKey: { id: 7, name: "Case management", holdsGrant: true },
    person: null,
  },
  {
    applicationId: "1",
    at: latestMicros - dayMicros / 2n,
    status: "In review, <b>again</b>",
    note: null,
    previousStatus: "In review",
    previousNote: null,
    apiKey: null,
    person: "grace.<i>hopper</i>@example.org",
  },
  {
    applicationId: "1",
    at: latestMicros - dayMicros,
    status: "In review",
    note: null,
    previousStatus: null,
    previousNote: null,
    apiKey: null,
    person: null,
  },
];

const word = "with_one_very_long_word_that_has_no_place_to_break_at_all";
const statuses = ["In review", "تمت الموافقة 🎉", `Denied, ${word}`, null];
const notes = [null, "ملاحظة من اللجنة.", `See the minutes,\n${word}.`, "🏠 Moved to another unit"];
const keyNames = ["Case management", "مفتاح برنامج السكن", `A key ${word}`];

/** As many changes as a page shows, with texts as long and odd as allowed. */
export const longStatusHistory: readonly StatusChange[] = Array.from({ length: statusChangesShown }, (_, index) => ({
  applicationId: "1",
  at: latestMicros - BigInt(index) * dayMicros,
  status: statuses[index % statuses.length] ?? null,
  note: notes[index % notes.length] ?? null,
  previousStatus: statuses[(index + 1) % statuses.length] ?? null,
  previousNote: null,
  apiKey: index % 7 === 3 ? null : { id: index + 1, name: keyNames[index % keyNames.length] ?? "", holdsGrant: true },
  person: index % 7 === 3 ? `someone.with.${word}@example.org` : null,
}));

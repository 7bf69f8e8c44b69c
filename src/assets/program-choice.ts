/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** A row whose program is checked. */
const checked = ".civikey-program:has(:checked)";

/** The names of the checkboxes in a row, which tell programs apart. */
function fieldsOf(row: Element): string {
  return [...row.querySelectorAll("input")].map(({ name }) => name).join();
}

/**
 * Keeps checked programs in sight when a search brings in others: their rows move to the chosen ones
 * and aren't shown twice. Nobody should grant what they can't see.
 */
export function keepChosenPrograms(): void {
  document.addEventListener("htmx:before:swap", ({ target }) => {
    if (target instanceof Element && target.id === "key_preview") return;
    const rows = document.querySelectorAll(`#programs_found ${checked}`);
    document.getElementById("programs_chosen")?.append(...rows);
  });
  document.addEventListener("htmx:after:swap", () => {
    const chosen = document.querySelectorAll("#programs_chosen > li");
    const known = new Set([...chosen].map(fieldsOf));
    for (const row of document.querySelectorAll("#programs_found li")) {
      if (known.has(fieldsOf(row))) row.remove();
    }
  });
}

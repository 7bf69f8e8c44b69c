/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** A box of a program that is checked. */
const checked = ".civikey-program:has(:checked)";

/** The fields of the boxes in a row: what tells programs apart. */
function fieldsOf(row: Element): string {
  return [...row.querySelectorAll("input")].map(({ name }) => name).join();
}

/**
 * Keeps what is checked when the programs of another search come in: its row moves to the chosen ones,
 * and is not there twice. Nobody should grant what they do not see.
 */
export function keepChosenPrograms(): void {
  document.addEventListener("htmx:before:swap", () => {
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

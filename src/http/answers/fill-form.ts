/** Fills in a form of a finished page. */
import { isFieldDate } from "../../views/parts/format.ts";

/** What was typed into a form. */
interface TypedForm {
  /** The path that the form is sent to. */
  readonly action: string;
  readonly fields: URLSearchParams;
}

/** What is not typed, or must not be sent back. */
const leftAlone = new Set(["hidden", "password", "file", "submit", "button"]);

/**
 * Gives the page with what was typed in the fields of the form that is sent to `action`: every text, box and choice of it.
 * A field that isn't there any more is left out. Other answers than a page with 200 stay as they are.
 */
export function fillForm(page: Response, { action, fields }: TypedForm): Response {
  if (page.status !== 200) return page;
  const form = `form[action=${JSON.stringify(action)}]`;
  let chosen = "";
  return new HTMLRewriter()
    .on(`${form} input[name]`, {
      element: (input) => fillInput(input, fields),
    })
    .on(`${form} textarea[name]`, {
      element(textarea) {
        const text = fields.get(textarea.getAttribute("name") ?? "");
        // The parser drops a leading line break; one more keeps it.
        if (text !== null) textarea.setInnerContent(`\n${text}`);
      },
    })
    .on(`${form} select[name]`, {
      element(select) {
        chosen = fields.get(select.getAttribute("name") ?? "") ?? "";
      },
    })
    .on(`${form} select[name] option`, {
      element: (option) => mark(option, "selected", option.getAttribute("value") === chosen),
    })
    .transform(page);
}

function fillInput(input: HTMLRewriterTypes.Element, fields: URLSearchParams): void {
  const type = input.getAttribute("type") ?? "text";
  const values = fields.getAll(input.getAttribute("name") ?? "");
  if (leftAlone.has(type)) return;
  if (type === "checkbox" || type === "radio") {
    mark(input, "checked", values.includes(input.getAttribute("value") ?? "on"));
    return;
  }
  const [value] = values;
  if (value === undefined) return;
  // The rewriter escapes quotes only, and an ampersand begins a reference.
  input.setAttribute("value", Bun.escapeHTML(value));
  // A date field would drop text that is not a date.
  if (type === "date" && !isFieldDate(value)) input.setAttribute("type", "text");
}

function mark(element: HTMLRewriterTypes.Element, name: string, isMarked: boolean): void {
  if (isMarked) element.setAttribute(name, "");
  else element.removeAttribute(name);
}

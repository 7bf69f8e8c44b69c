/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * What scripts add to pages that also work without them. Everything listens on the document, so that
 * it works for what htmx swaps in later, too.
 */

import { walkCharts } from "./charts.ts";
import { keepChosenPrograms } from "./program-choice.ts";
import { watchUploads } from "./uploads.ts";

/** The part of htmx's context that is used here. */
interface HtmxContext {
  readonly sourceElement: Element;
  readonly request: { readonly action: string; readonly body: FormData | null };
  readonly response?: { readonly raw: Response };
}

/** Tells screen readers what changed. */
function announce(text: string): void {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = text;
}

/** Runs on clicks on, or inside, elements that match. */
function onClick(selector: string, run: (element: HTMLElement) => void): void {
  document.addEventListener("click", ({ target }) => {
    const element = target instanceof Element ? target.closest<HTMLElement>(selector) : null;
    if (element) run(element);
  });
}

// The page with a key's credentials: its address is where a reload and the way back lead from now on.
const address = document.querySelector<HTMLElement>("[data-address]")?.dataset.address;
if (address !== undefined) history.replaceState(null, "", address);

/** Whether there is a secret on the page that nobody has copied. */
let isUnread = document.querySelector("[data-unread]") !== null;
document.addEventListener("copy", () => {
  isUnread = false;
});
addEventListener("beforeunload", (event) => {
  if (isUnread) event.preventDefault();
  isUnread = false;
});

/** Shows the buttons that need scripts. */
function showOffers(): void {
  const offers = "[data-copy][hidden], [data-fill][hidden], [data-passwords][hidden], [data-offers][hidden]";
  for (const element of document.querySelectorAll<HTMLElement>(offers)) element.hidden = false;
}

async function copy(element: HTMLElement): Promise<void> {
  isUnread = false;
  try {
    await navigator.clipboard.writeText(element.textContent ?? "");
  } catch {
    // Without https there is no clipboard, but the older command still works from a click.
    element.closest("details")?.setAttribute("open", "");
    getSelection()?.selectAllChildren(element);
    if (!document.execCommand("copy")) throw new Error("not copied");
    getSelection()?.removeAllRanges();
  }
}

onClick("[data-copy]", async (button) => {
  const source = document.getElementById(button.dataset.copy ?? "");
  const words = button.firstChild;
  if (!source || !words) return;
  try {
    await copy(source);
    words.textContent = "Copied";
    announce(`${button.dataset.label} copied`);
    setTimeout(() => {
      words.textContent = "Copy";
    }, 3000);
  } catch {
    getSelection()?.selectAllChildren(source);
    announce("Couldn’t copy. The text is selected, so you can copy it yourself.");
  }
});

onClick("[data-fill]", ({ dataset }) => {
  const field = document.getElementById(dataset.fill ?? "");
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
  const value = dataset.value ?? "";
  const typed = field.value.trim();
  const isThere = typed.split(/[\s,]+/).includes(value);
  if (dataset.append === undefined || typed === "") field.value = value;
  else if (!isThere) field.value = `${typed}\n${value}`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

/** Shows or hides every password of a form. */
function showPasswords(form: HTMLFormElement | null, areShown: boolean): void {
  for (const field of form?.querySelectorAll<HTMLInputElement>("[autocomplete$=-password]") ?? []) {
    field.type = areShown ? "text" : "password";
  }
  const button = form?.querySelector("[data-passwords]");
  if (button) button.textContent = areShown ? "Hide password" : "Show password";
}
onClick("[data-passwords]", (button) => {
  showPasswords(button.closest("form"), button.textContent === "Show password");
});
// A browser keeps what was typed into a text field.
document.addEventListener("submit", ({ target }) => {
  if (target instanceof HTMLFormElement) showPasswords(target, false);
});

/** Closes open menus on a click elsewhere and on Escape. */
function closeMenus(except: EventTarget | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
    if (!(except instanceof Node && menu.contains(except))) menu.open = false;
  }
}
document.addEventListener("click", ({ target }) => closeMenus(target));
document.addEventListener("keydown", ({ key, target }) => {
  if (key !== "Escape") return;
  if (target instanceof Element) target.closest("details[data-menu]")?.querySelector("summary")?.focus();
  closeMenus(null);
});

/** Removes secrets from a page that the browser may keep for "back". */
addEventListener("pagehide", () => {
  for (const element of document.querySelectorAll("[data-secret]")) {
    element.textContent = "No longer shown.";
  }
});

function contextOf(event: Event): HtmxContext | undefined {
  return event instanceof CustomEvent ? event.detail?.ctx : undefined;
}

// Leaves empty fields out of addresses.
document.addEventListener("htmx:config:request", (event) => {
  const body = contextOf(event)?.request.body;
  if (!(body instanceof FormData)) return;
  for (const [name, value] of [...body]) if (value === "") body.delete(name);
});

/** Says that a request failed, on the page too where it has a place for that. */
function reportFailure(source: Element | undefined): void {
  const text = "Something went wrong. Try again.";
  announce(text);
  const outcome = source?.closest("fieldset")?.querySelector("[data-outcome]");
  if (outcome) outcome.textContent = text;
}

// After an expired session (the sign-in page) or a failure (an error page), the browser loads that
// page, unless that would discard a form that is being filled in.
document.addEventListener("htmx:before:response", (event) => {
  const { sourceElement, request, response } = contextOf(event) ?? {};
  if (!request || !response || (response.raw.ok && !response.raw.redirected)) return;
  event.preventDefault();
  if (sourceElement?.closest("form[method=post]")) reportFailure(sourceElement);
  else location.assign(request.action);
});

/** Whether it is about the end of the session, which announces itself. */
const isAboutSession = (event: Event) => contextOf(event)?.sourceElement.closest("#session") != null;

document.addEventListener("htmx:error", (event) => {
  if (!isAboutSession(event)) reportFailure(contextOf(event)?.sourceElement);
});

document.addEventListener("htmx:after:swap", (event) => {
  showOffers();
  if (isAboutSession(event)) return;
  announce(document.querySelector<HTMLElement>("[data-announce]")?.dataset.announce ?? "");
});

keepChosenPrograms();
walkCharts();
watchUploads(announce);
showOffers();

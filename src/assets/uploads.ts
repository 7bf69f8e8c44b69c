/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Forms with a file: too large a file isn't sent, and the form says when one is being sent. */

/** Listens on the document, for forms with `data-busy` and file fields with `data-bytes-max`. */
export function watchUploads(announce: (text: string) => void): void {
  document.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && checkSize(target)) target.reportValidity();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.busy) return;
    const tooBig = [...form.elements].find((field) => field instanceof HTMLInputElement && checkSize(field));
    if (tooBig instanceof HTMLInputElement) tooBig.reportValidity();
    if (tooBig || form.ariaBusy === "true") event.preventDefault();
    else {
      showBusy(form, form.dataset.busy);
      announce(form.dataset.busy);
    }
  });

  // A page kept for "back" would still say that it is sending.
  addEventListener("pageshow", (event) => {
    const isKept = event instanceof PageTransitionEvent && event.persisted;
    if (isKept && document.querySelector("form[aria-busy]")) location.reload();
  });
}

/** Whether a file field has too large a file; then the field says so. */
function checkSize(field: HTMLInputElement): boolean {
  if (!field.dataset.bytesMax) return false;
  const bytesMax = Number(field.dataset.bytesMax);
  const isTooBig = [...(field.files ?? [])].some(({ size }) => size > bytesMax);
  field.setCustomValidity(isTooBig ? `This file is larger than ${bytesMax / 2 ** 20} MiB.` : "");
  return isTooBig;
}

/** The form can't be sent again while it is busy. */
function showBusy(form: HTMLFormElement, text: string): void {
  form.ariaBusy = "true";
  const button = form.querySelector("button[type=submit]");
  if (button) button.textContent = text;
  document.getElementById("busy")?.classList.add("htmx-request");
}

/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Passkeys, on the pages that need them. A button with `data-passkey` asks the browser to use one (`get`) or to make
 * one (`create`), with the options from `data-options`, and sends the answer with its form, as the field `passkey`.
 */

/** What to say, by the name of a browser's error (WebAuthn, section 5). */
const reasons: Readonly<Record<string, string>> = {
  NotAllowedError: "No passkey was used. Try again.",
  InvalidStateError: "This device already has a passkey for your account.",
  SecurityError: "Passkeys don’t work at this address. Open this site at its usual address.",
};

const isSupported = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

async function ask({ passkey, options = "" }: DOMStringMap): Promise<Credential | null> {
  const response = await fetch(options, { method: "POST" });
  if (!response.ok) throw new Error(`the answer was ${response.status}`);
  const json = await response.json();
  if (passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json) });
}

function tell(button: Element, text: string): void {
  const place = button.parentElement?.querySelector("[data-problem]");
  if (place) place.textContent = text;
}

async function use(button: HTMLButtonElement): Promise<void> {
  const field = button.form?.querySelector<HTMLInputElement>("input[name=passkey]");
  if (button.ariaBusy === "true" || !field) return;
  // A passkey that is made and then refused would stay on the device.
  if (button.dataset.passkey === "create" && !button.form?.reportValidity()) return;
  button.ariaBusy = "true";
  tell(button, "");
  try {
    field.value = JSON.stringify(await ask(button.dataset));
    button.form?.submit();
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    tell(button, reasons[name] ?? "Something went wrong. Reload the page and try again.");
  } finally {
    button.ariaBusy = null;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-passkey]") : null;
  if (!(button instanceof HTMLButtonElement)) return;
  event.preventDefault();
  void use(button);
});

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-passkey]")) {
  if (isSupported) button.hidden = false;
  else tell(button, "This browser doesn’t support passkeys.");
}

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { CDPSession, Page } from "playwright-core";
import { noon } from "../support/app.ts";
import { useBrowser } from "../support/browser.ts";
import { makePerson, password } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";
import { showCode } from "../support/second-factors.ts";

const browser = useBrowser();
let app: ListeningApp;
/** Passkeys belong to a name, never to an address. */
let url = "";
let now = noon;

beforeAll(async () => {
  app = await startListeningApp({ baseUrl: () => url, now: () => now, requiresSecondFactor: true });
  url = `http://localhost:${app.port}`;
});
afterAll(() => app.close());

/** Chromium's virtual authenticator: a device that checks a fingerprint, and is always touched at once. */
async function addAuthenticator(page: Page) {
  const devTools: CDPSession = await page.context().newCDPSession(page);
  await devTools.send("WebAuthn.enable");
  const { authenticatorId } = await devTools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    recognizes: (isUserVerified: boolean) =>
      devTools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    async remove() {
      await devTools.send("WebAuthn.disable");
      await devTools.detach();
    },
  };
}

async function givePassword(page: Page, email: string): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}
const press = (page: Page, name: string) => page.getByRole("button", { name }).click();
const expectHeading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1 }).waitFor();
async function signOut(page: Page): Promise<void> {
  await page.locator("summary", { hasText: "Account" }).click();
  await page.locator("details").getByRole("button", { name: "Sign out" }).click();
  await expectHeading(page, "Sign in");
}

test("a passkey is set up, is the second step, signs in alone and confirms who it is; an app is set up beside it", async () => {
  const email = "grace@example.org";
  await makePerson(app, { email, roles: [{ role: "admin" }] });
  const { page, complaints } = await browser.newPage();
  const authenticator = await addAuthenticator(page);

  await givePassword(page, email);
  await expectHeading(page, "Set up a second factor");
  await page.getByRole("link", { name: "Set up a passkey" }).click();
  await page.getByLabel("Name").fill("Work laptop");
  await press(page, "Create passkey");
  await expectHeading(page, "Your recovery codes");
  const codes = (await page.locator("#recovery-codes").textContent())?.trim().split("\n") ?? [];
  expect(codes).toHaveLength(10);
  await page.getByRole("link", { name: "Continue" }).click();
  await expectHeading(page, "API keys");

  await signOut(page);
  await givePassword(page, email);
  await expectHeading(page, "Confirm it’s you");
  await authenticator.recognizes(false);
  await press(page, "Use a passkey");
  await page.getByText("No passkey was used. Try again.").waitFor();
  await authenticator.recognizes(true);
  await press(page, "Use a passkey");
  await expectHeading(page, "API keys");

  await signOut(page);
  await press(page, "Sign in with a passkey");
  await expectHeading(page, "API keys");

  now = new Date(noon.getTime() + 16 * 60_000);
  await page.goto(`${url}/admin/account/secondFactor/app`);
  await expectHeading(page, "Before you continue");
  await press(page, "Use a passkey");
  await expectHeading(page, "Set up an authenticator app");
  const secret = (await page.locator("#app-key").textContent())?.replaceAll(" ", "") ?? "";
  await page.getByLabel("Code from the app").fill(showCode(secret, now));
  await press(page, "Turn on");
  await page.getByText("Authenticator app set up.").waitFor();
  const table = page.getByRole("table", { name: "Second factors" });
  expect(await table.textContent()).toContain("Work laptop");
  await press(page, "Remove passkey Work laptop");
  await page.getByText("Passkey removed.").waitFor();

  await signOut(page);
  await press(page, "Sign in with a passkey");
  await page.getByText("This passkey doesn’t work here.").waitFor();
  await authenticator.remove();
  expect(complaints.filter((complaint) => !complaint.includes("401"))).toEqual([]);
});

test("without scripts the page of passkeys says what they need, and offers nothing that does not work", async () => {
  const email = "alan@example.org";
  await makePerson(app, { email, roles: [{ role: "admin" }] });
  const { page } = await browser.newPage({ javaScript: false });
  await givePassword(page, email);
  await page.getByRole("link", { name: "Set up a passkey" }).click();
  // Searches for a text leave out what is in a `noscript`.
  expect(await page.locator("noscript").textContent()).toContain("Passkeys need JavaScript");
  expect(await page.getByRole("button", { name: "Create passkey" }).isVisible()).toBeFalse();
});

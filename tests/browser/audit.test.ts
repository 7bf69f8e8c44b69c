import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { permitAll } from "../../src/domain/access/people/roles.ts";
import { noon } from "../support/app.ts";
import { useBrowser, type WatchedPage, waitForAnnouncement, waitForFocus } from "../support/browser.ts";
import { makeAdmin, makeKey, makeProgram, signIn } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const browser = useBrowser();
let app: ListeningApp;
let session: string;

beforeAll(async () => {
  app = await startListeningApp();
  await makeAdmin(app);
  session = await signIn(app);
  await makeProgram(app, { name: "Snow removal" });
  const { keyId } = await makeKey(app, { keyName: "Snow plough dispatch" });
  await makeKey(app, { keyName: "Warehouse export", expiration: "2026-12-31" });
  const grace = { ...permitAll("grace@example.org"), address: "198.51.100.7" };
  await retireApiKey(app.database.db, { keyId, actor: grace, now: noon });
});
afterAll(() => app.close());

async function openAudit(query = ""): Promise<WatchedPage> {
  const watched = await browser.newPage({ cookie: { url: app.url, text: session } });
  await watched.page.goto(`${app.url}/admin/audit${query}`);
  return watched;
}

const sentences = ({ page }: WatchedPage) => page.locator(".civikey-sentence").allInnerTexts();
const retired = "grace@example.org retired the API key Snow plough dispatch";

describe("the audit trail with scripts", () => {
  test("is filtered in place: no reload, focus and address kept, the result announced", async () => {
    const watched = await openAudit();
    const { page, complaints } = watched;
    await page.evaluate("window.isStillHere = true");
    await page.getByLabel("Who").pressSequentially("grace");
    await page.waitForURL(/\?who=grace$/);
    expect(await sentences(watched)).toEqual([retired]);
    await waitForFocus(page, "#who");
    await waitForAnnouncement(page, "1 audit event by “grace”.");

    await page.getByLabel("What").selectOption("API key created");
    await page.waitForURL(/what=api_key\.created/);
    await page.locator(".civikey-empty__title", { hasText: "by “grace”, API key created" }).waitFor();
    await page.getByLabel("Who").fill("");
    await page.getByLabel("API key", { exact: true }).fill("plough");
    await page.waitForURL(/key=plough/);
    expect(await sentences(watched)).toEqual(["ada@example.org created the API key Snow plough dispatch"]);
    await page.getByLabel("From").fill("2026-01-16");
    await page.waitForURL(/from=2026-01-16/);
    expect(await sentences(watched)).toEqual([]);
    expect(await page.evaluate<boolean>("window.isStillHere")).toBeTrue();
    expect(complaints).toEqual([]);
  });
});

test("on paper the trail stands alone, with all its details, what was asked and who printed it", async () => {
  const { page } = await openAudit("?who=grace");
  const isSeen = (text: string) => page.getByText(text).first().isVisible();
  expect(await isSeen("Printed")).toBeFalse();
  expect(await page.getByText("key id").isVisible()).toBeFalse();
  await page.emulateMedia({ media: "print" });
  for (const text of ["1 audit event by “grace”.", "Printed", "key id", "retired the API key"]) {
    expect(`${text} ${await isSeen(text)}`).toBe(`${text} true`);
  }
  for (const selector of ["header", "footer", "#search", "summary", ".usa-skipnav"]) {
    expect(await page.locator(selector).first().isVisible()).toBeFalse();
  }
  await page.emulateMedia({ media: "screen" });
  expect(await page.locator("header").isVisible()).toBeTrue();
});

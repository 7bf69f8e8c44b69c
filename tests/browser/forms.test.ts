import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { useBrowser, type WatchedPage, waitForFocus } from "../support/browser.ts";
import { type SampleServer, serveSamples } from "../support/sample-server.ts";

const browser = useBrowser();
let server: SampleServer;

beforeAll(async () => {
  server = await serveSamples();
});
afterAll(() => server.stop());

async function open(name: string, options?: { javaScript: boolean }): Promise<WatchedPage> {
  const watched = await browser.newPage(options);
  await watched.page.goto(`${server.url}/${name}`);
  return watched;
}

describe.each([true, false])("a form with problems, with scripts: %p", (javaScript) => {
  test("puts the focus on their summary, whose links lead to the fields", async () => {
    const { page, complaints } = await open("new-key-problems", { javaScript });
    await waitForFocus(page, ".civikey-summary");
    const summary = page.getByRole("region", { name: "There are 8 problems" });
    await summary.getByRole("link", { name: "Key name cannot be blank." }).click();
    await waitForFocus(page, "#keyName");
    await summary.getByRole("link", { name: "You must select at least one program." }).click();
    await waitForFocus(page, "#grants");
    expect(complaints).toEqual([]);
  });
});

describe("the new-key form", () => {
  test("offers what only scripts can do only where they run", async () => {
    const { page } = await open("new-key", { javaScript: false });
    expect(await page.getByRole("button").allTextContents()).toEqual([
      "Choose questions of Child care assistance",
      "Choose questions of Housing assistance",
      "Choose questions of Utility discount program",
      "Create",
    ]);
    expect(await page.getByText("Your current address: 198.51.100.200/32").isVisible()).toBeTrue();
  });

  test("fills in the date and the caller's own address, once, beside what is typed", async () => {
    const { page } = await open("new-key");
    await page.getByRole("button", { name: "90 days" }).click();
    expect(await page.getByLabel("Expiration date").inputValue()).toBe("2027-02-21");
    await page.getByLabel("API key subnet").fill("10.0.0.0/8");
    await page.getByRole("button", { name: "Use my current address" }).click();
    await page.getByRole("button", { name: "Use my current address" }).click();
    expect(await page.getByLabel("API key subnet").inputValue()).toBe("10.0.0.0/8\n198.51.100.200/32");
    await waitForFocus(page, "#subnet");
  });

  test("has checkboxes that can be clicked where they are seen, and by their name", async () => {
    const { page } = await open("new-key", { javaScript: false });
    const box = page.locator('input[name="grant-program-read[child-care]"]');
    await box.check();
    expect(await box.isChecked()).toBeTrue();
    await page.getByText("Read: Child care assistance", { exact: true }).click();
    expect(await box.isChecked()).toBeFalse();
  });
});

describe("the credentials page", () => {
  test("copies, and says so", async () => {
    const { page, complaints } = await open("credentials");
    await page.getByRole("button", { name: "Copy API password" }).click();
    await page.getByRole("button", { name: "Copied API password" }).waitFor();
    expect(await page.locator("#announcer").textContent()).toBe("API password copied");
    await page.getByRole("button", { name: "Copy as .env" }).click();
    await page.getByRole("button", { name: "Copied as .env" }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("forgets the secret when it is left, also where the browser keeps it for later", async () => {
    const { page } = await open("credentials");
    expect(await page.content()).toContain("cvs_");
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
    expect(await page.content()).not.toContain("cvs_");
    expect(await page.locator("#api-key-credentials").textContent()).toBe("No longer shown.");
  });
});

test("the days of a chart are walked with the arrow keys, and each says its numbers", async () => {
  const { page, complaints } = await open("key");
  const days = page.getByRole("list", { name: "Calls per day" }).getByRole("img");
  await days.last().focus();
  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight"]) await page.keyboard.press(key);
  const shown = page.locator(".civikey-chart__value:visible");
  expect(await shown.allTextContents()).toEqual(["Nov 21, 2026: none"]);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await days.nth(20).hover();
  expect(await shown.allTextContents()).toContain("Nov 14, 2026: Calls 960, Refused: Outside the subnets 1,204");
  expect(await days.first().evaluate((day) => day.matches(":focus"))).toBeTrue();
  expect(complaints).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import {
  scrollsSideways,
  useBrowser,
  viewports,
  type WatchedPage,
  waitForAnnouncement,
  waitForFocus,
} from "../support/browser.ts";
import {
  applicationRecord,
  importRecords,
  makeAdmin,
  makeKey,
  makeProgram,
  programExport,
  signIn,
} from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const browser = useBrowser();
const hostile = `<img src=x onerror="window.isHarmed=true">`;
let app: ListeningApp;
let cookie: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "civikey-exports-"));
  app = await startListeningApp();
  await makeAdmin(app);
  cookie = await signIn(app);
  await makeProgram(app, { name: "Snow removal", questions: ["applicant name", hostile] });
  await makeProgram(app, { id: 2, adminName: hostile, name: hostile, publish: false });
  await makeKey(app);
  await importRecords(
    app,
    Array.from({ length: 60 }, (_, index) =>
      applicationRecord(index + 1, {
        submit_time: `2025-11-${index < 30 ? "03" : "20"}T18:30:00Z`,
        status: index === 59 ? hostile : null,
      }),
    ),
  );
  await app.database.client`
    insert into programs (slug, admin_name, name, program_type, created_at)
    select 'zz-' || i, 'zz ' || i, 'Many programs ' || i, 'DEFAULT', now()
    from generate_series(1, 1000) i`;
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(path: string, options: Parameters<typeof browser.newPage>[0] = {}): Promise<WatchedPage> {
  const watched = await browser.newPage({ ...options, cookie: { url: app.url, text: cookie } });
  await watched.page.goto(app.url + path);
  return watched;
}
async function choose(page: Page, text: string): Promise<void> {
  const path = join(folder, "export.json");
  await Bun.write(path, text);
  await page.getByLabel("Program export").setInputFiles(path);
}
/** The one complaint of a browser about an answer that is meant to be 422. */
const others = (complaints: readonly string[]) => complaints.filter((each) => !each.includes("422"));

describe("with scripts", () => {
  test("an admin finds a program, filters its applications, turns the page and reads one", async () => {
    const { page, complaints } = await open("/admin/applications");
    await page.getByRole("searchbox").fill("snow");
    await page.getByRole("button", { name: "Search" }).click();
    await page.waitForURL(/q=snow/);
    await page.getByRole("link", { name: "Snow removal" }).click();
    await page.getByRole("heading", { level: 1, name: "Snow removal" }).waitFor();
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await page.getByRole("link", { name: "10", exact: true }).waitFor();

    await page.getByLabel("Submitted before").fill("2025-11-20");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.waitForURL(/toDate=2025-11-20/);
    await page.getByRole("link", { name: "30", exact: true }).waitFor();
    expect(await page.locator("main tbody tr").count()).toBe(30);
    expect(await page.getByLabel("Submitted before").inputValue()).toBe("2025-11-20");

    await page.getByRole("link", { name: "30", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Application 30" }).waitFor();
    expect(await page.getByText("Taylor 30", { exact: true }).isVisible()).toBeTrue();
    expect(await page.getByText('"application_id":30').isVisible()).toBeFalse();
    await page.getByText("As the API returns it").click();
    expect(await page.getByText('"application_id":30').isVisible()).toBeTrue();
    expect(complaints).toEqual([]);
  });

  test("a filter that the API would refuse is shown in place, with what was given", async () => {
    const path = "/admin/programs/snow-removal/applications?fromDate=last+week";
    const { page, complaints } = await open("/admin/programs");
    await page.goto(app.url + path);
    await waitForFocus(page, ".civikey-summary");
    await page.getByRole("link", { name: "Enter a date such as 2026-01-31." }).click();
    await waitForFocus(page, "#fromDate");
    expect(await page.getByLabel("Submitted on or after").inputValue()).toBe("last week");
    await page.getByLabel("Submitted on or after").fill("2025-11-31");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.waitForURL(/2025-11-31/);
    await page.getByRole("region", { name: "There is 1 problem" }).waitFor();
    await page.getByLabel("Submitted on or after").fill("2025-11-20");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.waitForURL(/2025-11-20/);
    await page.getByRole("link", { name: "60", exact: true }).waitFor();
    expect(await page.getByRole("region", { name: "There is 1 problem" }).count()).toBe(0);
    expect(others(complaints)).toEqual([]);
  });

  test("the list of a thousand programs narrows while one types, and says what it found", async () => {
    const { page, complaints } = await open("/admin/programs");
    await page.evaluate("window.isStillHere = true");
    await page.getByRole("searchbox").pressSequentially("programs 777");
    await page.waitForURL(/q=programs\+777$/);
    await page.getByRole("link", { name: "Many programs 777", exact: true }).waitFor();
    await waitForAnnouncement(page, "1 program for “programs 777”.");
    await waitForFocus(page, "#q");
    expect(await page.evaluate<boolean>("window.isStillHere")).toBeTrue();
    expect(complaints).toEqual([]);
  });

  test("filtering applications keeps the page, can be shared, and goes back", async () => {
    const { page } = await open("/admin/programs/snow-removal/applications");
    await page.evaluate("window.isStillHere = true");
    await page.getByLabel("Revision state").selectOption("OBSOLETE");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.waitForURL(/\?revisionState=OBSOLETE$/);
    await page.locator("#applications").getByText("No matching applications.").waitFor();
    await waitForAnnouncement(page, "No matching applications.");
    expect(await page.evaluate<boolean>("window.isStillHere")).toBeTrue();
    await page.goBack();
    await page.getByRole("link", { name: "60", exact: true }).waitFor();
  });

  test("a file that is too big does not leave the browser", async () => {
    const { page } = await open("/admin/programs/import");
    let posts = 0;
    page.on("request", (request) => {
      if (request.method() === "POST") posts += 1;
    });
    await choose(page, " ".repeat(4 * 2 ** 20 + 1));
    await page.getByRole("button", { name: "Import" }).click();
    const message = await page
      .locator("#export")
      .evaluate((field) => ("validationMessage" in field ? String(field.validationMessage) : ""));
    expect(message).toBe("This file is larger than 4 MiB.");
    expect(posts).toBe(0);
  });

  test("an import that takes a while says so, and is sent once", async () => {
    const { page } = await open("/admin/programs/import");
    let posts = 0;
    const { promise: isSaid, resolve: say } = Promise.withResolvers<void>();
    await page.route("**/admin/programs", async (route) => {
      posts += 1;
      await isSaid;
      await route.continue();
    });
    await choose(page, programExport({ id: 700, adminName: "slow" }));
    const said = await page.evaluate<string[]>(`(() => {
      const button = document.querySelector("main button[type=submit]");
      button.click();
      button.click();
      return [button.textContent, document.getElementById("announcer").textContent];
    })()`);
    expect(said).toEqual(["Importing…", "Importing…"]);
    say();
    await page.getByRole("heading", { level: 1, name: "slow" }).waitFor();
    expect(posts).toBe(1);
  });
});

/** With scripts the same form is sent: what these add is in "with scripts". */
test("without scripts an admin imports a program, and is told in place what is wrong", async () => {
  const { page, complaints } = await open("/admin/programs/import", { javaScript: false });
  await choose(page, " ".repeat(4 * 2 ** 20 + 1));
  await page.getByRole("button", { name: "Import" }).click();
  await page.getByRole("link", { name: "A program export may have 4 MiB at most." }).click();
  await waitForFocus(page, "#export");

  await choose(page, programExport({ id: 600, adminName: "Imported" }));
  await page.getByLabel("Publish immediately").check();
  await page.getByRole("button", { name: "Import" }).click();
  await page.getByRole("heading", { level: 1, name: "Imported" }).waitFor();
  expect(await page.locator("main").textContent()).toContain("This is the program’s first version, with 1 question.");
  expect(others(complaints)).toEqual([]);
});

const hostileSlug = "img-src-x-onerror-window-isharmed-true";
test("no text does harm, and none is wider than 320 px", async () => {
  const viewport = viewports.narrow;
  const { page, complaints } = await open("/admin/programs/import", { viewport });
  for (const path of [
    `/admin/programs?q=${encodeURIComponent(hostile)}`,
    `/admin/programs/${hostileSlug}?imported=2`,
    `/admin/programs/${hostileSlug}/publish`,
    "/admin/programs/import",
    "/admin/applications",
    "/admin/programs/snow-removal/applications?toDate=2025-11-01",
    "/admin/programs/snow-removal/applications?fromDate=x&revisionState=y",
    "/admin/programs/snow-removal/applications/60",
  ]) {
    await page.goto(`${app.url}${path}`);
    await page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
    const overflow = await scrollsSideways(page);
    expect(`${path} scrolls sideways: ${overflow}`).toBe(`${path} scrolls sideways: false`);
    expect(await page.evaluate("window.isHarmed")).toBeUndefined();
  }
  expect(others(complaints)).toEqual([]);
});

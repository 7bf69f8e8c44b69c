/**
 * Takes a picture of every sample page, at three widths, light and dark, into `screenshots/`, and reports what axe finds
 * and what is too wide: `bun tests/browser/gallery.ts [start of a name...] [part/parts]`, such as `key new-key` or `2/6`.
 */
import { mkdir } from "node:fs/promises";
import { dropSeenParts, runAxe } from "../support/axe.ts";
import { launchBrowser, openPage, viewports } from "../support/browser.ts";
import { serveSamples } from "../support/sample-server.ts";

const folder = "screenshots";
const widths = { narrow: viewports.narrow, tablet: viewports.tablet, desktop: viewports.desktop };

const isPart = (argument: string) => /^\d+\/\d+$/.test(argument);
const starts = process.argv.slice(2).filter((argument) => !isPart(argument));
const [part = 1, parts = 1] = (process.argv.find(isPart) ?? "1/1").split("/").map(Number);

await mkdir(folder, { recursive: true });
const server = await serveSamples();
const browser = await launchBrowser();
const { page, complaints } = await openPage(browser);
const names = server.names
  .filter((name) => starts.length === 0 || starts.some((start) => name.startsWith(start)))
  .filter((_, index) => index % parts === part - 1);
let problems = 0;
for (const name of names) {
  for (const [size, viewport] of Object.entries(widths)) {
    await page.setViewportSize(viewport);
    await page.goto(`${server.url}/${name}`);
    const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    const findings = overflow > 0 ? [`wider than the window by ${overflow}px`] : [];
    await page.screenshot({ path: `${folder}/${name}-${size}.png`, fullPage: true });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: `${folder}/${name}-${size}-dark.png`, fullPage: true });
    await page.evaluate(dropSeenParts);
    findings.push(...(await runAxe(page, { rules: ["color-contrast"] })).map((finding) => `dark: ${finding}`));
    await page.emulateMedia({ colorScheme: "light" });
    await page.evaluate(dropSeenParts);
    findings.push(...(await runAxe(page)), ...complaints.splice(0));
    for (const finding of findings) console.log(`${name} (${size}): ${finding}`);
    problems += findings.length;
  }
}
console.log(`${names.length} pages, ${problems} problems`);
await browser.close();
await server.stop();

/** Takes a picture of every sample page, at every width, light and dark, into `screenshots/`: `bun tests/browser/gallery.ts [name...]`. */
import { mkdir } from "node:fs/promises";
import { launchBrowser, openPage, runAxe, viewports } from "../support/browser.ts";
import { serveSamples } from "../support/sample-server.ts";

const wanted = process.argv.slice(2);
const folder = "screenshots";

await mkdir(folder, { recursive: true });
const server = await serveSamples();
const browser = await launchBrowser();
let problems = 0;
for (const name of server.names.filter((known) => wanted.length === 0 || wanted.includes(known))) {
  for (const [size, viewport] of Object.entries(viewports)) {
    const { page, complaints } = await openPage(browser, { viewport });
    await page.goto(`${server.url}/${name}`);
    const overflow = await page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    const findings = [...complaints, ...(await runAxe(page))];
    if (overflow > 0) findings.push(`wider than the window by ${overflow}px`);
    for (const finding of findings) console.log(`${name} (${size}): ${finding}`);
    problems += findings.length;
    await page.screenshot({ path: `${folder}/${name}-${size}.png`, fullPage: true });
    await page.emulateMedia({ colorScheme: "dark" });
    for (const finding of await runAxe(page)) {
      problems += 1;
      console.log(`${name} (${size}, dark): ${finding}`);
    }
    await page.screenshot({ path: `${folder}/${name}-${size}-dark.png`, fullPage: true });
    await page.context().close();
  }
}
console.log(`${problems} problems`);
await browser.close();
await server.stop();

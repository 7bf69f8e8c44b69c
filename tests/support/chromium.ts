/** Where the Chromium of the tests is. */
import { existsSync } from "node:fs";

/** The shell without a window comes first: it opens a page in a third of the time. */
const usualNames = [
  ...["chromium-headless-shell", "chromium", "chromium-browser"],
  ...["google-chrome-stable", "google-chrome"],
];

/** Finds the browser: `CHROMIUM_PATH`, one of the usual names on the path, or what Playwright has installed. Throws when there is none. */
export async function findChromium(): Promise<string> {
  const known = process.env.CHROMIUM_PATH || usualNames.map((name) => Bun.which(name)).find(Boolean);
  if (known) return known;
  // Loading it takes longer than everything else here.
  const { chromium } = await import("playwright-core");
  const installed = chromium.executablePath();
  if (existsSync(installed)) return installed;
  throw new Error(
    `The browser tests need Chromium. Install it (apt-get install chromium), or set CHROMIUM_PATH. Looked for: ${usualNames.join(", ")}.`,
  );
}

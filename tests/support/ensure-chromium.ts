/** Sees to it that the browser tests have a Chromium: the one that is there, Debian's, or Playwright's. */
import { findChromium } from "./chromium.ts";

/** Tries to find one; says nothing. */
const hasChromium = () =>
  findChromium().then(
    () => true,
    // That there is none is the answer; whoever needs it throws with advice.
    () => false,
  );

function run(...command: string[]): boolean {
  process.stdout.write(`$ ${command.join(" ")}\n`);
  return Bun.spawnSync(command, { stdout: "ignore", stderr: "inherit" }).exitCode === 0;
}

const isRoot = process.getuid?.() === 0;

if (!(await hasChromium()) && isRoot && Bun.which("apt-get")) {
  run("apt-get", "update", "-qq");
  run("apt-get", "install", "-y", "-qq", "chromium-headless-shell");
}
if (!(await hasChromium())) run("bunx", "playwright-core", "install", "chromium");
// Throws, and says what to do, when all of that did not help.
await findChromium();

/** What a browser is called, from what it says of itself (`User-Agent`): good enough to tell one's own apart. */

type Names = readonly (readonly [name: string, sign: RegExp])[];

/** In this order: many browsers name those that they are made from, too. */
const browsers: Names = [
  ["Edge", /\bEdg(?:e|A|iOS)?\//],
  ["Opera", /\bOPR\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Chrome|CriOS|HeadlessChrome)\//],
  ["Safari", /\bSafari\//],
  ["curl", /^curl\//],
];

const systems: Names = [
  ["iPad", /\biPad\b/],
  ["iPhone", /\biPhone\b/],
  ["Android", /\bAndroid\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["Linux", /\bLinux\b/],
];

/** Such as `Firefox on Windows`; `Unknown browser` when it says nothing that is known. */
export function nameBrowser(userAgent: string | null): string {
  const find = (names: Names) => names.find(([, sign]) => sign.test(userAgent ?? ""))?.[0];
  const system = find(systems);
  const browser = find(browsers) ?? "Unknown browser";
  return system === undefined ? browser : `${browser} on ${system}`;
}

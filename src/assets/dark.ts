/**
 * Dark mode. The design system writes its colors into its rules when it is compiled, so every color becomes a variable
 * here, which has another value where people prefer dark pages. What is light on dark stays so the other way round.
 */

/** Each color of the style sheet, and the one in its place; a color that isn't here stays as it is. */
const darkColors: Readonly<Record<string, string>> = {
  // Grays: the page and what lies on it, lines, and text.
  fff: "1b1b1b",
  f0f0f0: "2e2e2e",
  e6e6e6: "3d3d3d",
  dfe1e2: "3d4551",
  c9c9c9: "454545",
  a9aeb1: "71767a",
  "757575": "a9aeb1",
  "71767a": "a9aeb1",
  "565c65": "c6cace",
  "5c5c5c": "adadad",
  "454545": "dcdee0",
  "3d4551": "dfe1e2",
  "1b1b1b": "f0f0f0",
  "000": "fff",
  // Links and buttons.
  d9e8f6: "1a3a5c",
  "005ea2": "73b3e7",
  "1a4480": "a1d3ff",
  "162e51": "cfe8ff",
  // Success, warnings, errors, information.
  ecf3ec: "1e3322",
  "70e17b": "4d8055",
  "216e1f": "8fd694",
  faf3d1: "40350f",
  f4e3db: "4a2015",
  d54309: "f39268",
  "6f3331": "ffc4b3",
  e7f6f8: "15333b",
  d83933: "f2938c",
  b50909: "f8a29e",
  "8b0a03": "ffc7c2",
};

/** A compiled style sheet with variables in place of its colors, and their values for light and dark pages before it. */
export function addDarkColors(css: string): string {
  const used = new Set<string>();
  const withVariables = css.replaceAll(/#([0-9a-f]{6}|[0-9a-f]{3})\b/g, (color, digits: string) => {
    if (!Object.hasOwn(darkColors, digits)) return color;
    used.add(digits);
    return `var(--c${digits})`;
  });
  const light = [...used].map((digits) => `--c${digits}:#${digits}`).join(";");
  const dark = [...used].map((digits) => `--c${digits}:#${darkColors[digits]}`).join(";");
  return `:root{color-scheme:light dark;${light}}@media screen and (prefers-color-scheme:dark){:root{${dark}}}${withVariables}`;
}

import { expect, test } from "bun:test";
import { addDarkColors } from "../../src/assets/dark.ts";

test("gives each color of a style sheet another value on dark screens, and leaves the others", () => {
  const css = addDarkColors("a{color:#005ea2;background:#fff}b{color:#2491ff;fill:url(x.svg#fffa)}");
  expect(css).toEndWith("a{color:var(--c005ea2);background:var(--cfff)}b{color:#2491ff;fill:url(x.svg#fffa)}");
  expect(css).toContain(":root{color-scheme:light dark;--c005ea2:#005ea2;--cfff:#fff}");
  expect(css).toContain("@media screen and (prefers-color-scheme:dark){:root{--c005ea2:#73b3e7;--cfff:#1b1b1b}}");
});

/** What axe finds in a page, without looking twice at what looks the same. */
import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/**
 * Removes what differs in nothing but words from a part that was shown before in this document, on whatever page: axe
 * takes long to look at each element. Headings, landmarks and fields away from their labels stay, for they belong to
 * what is around them. Marks what has no text, and texts of which one of the same kind and colors was shown before:
 * their contrast is the same.
 */
export const dropSeenParts = `(() => {
  const { shapes, parts, looks } = (window.seen ??= { shapes: new Map(), parts: new Map(), looks: new Map() });
  const number = (map, ...key) => {
    const text = key.join("|");
    const known = map.get(text);
    if (known === undefined) map.set(text, map.size + 1);
    return { value: known ?? map.size, isNew: known === undefined };
  };
  const links = [];
  const valued = new Set(["class", "role", "type", "scope", "aria-disabled", "aria-sort", "autocomplete", "tabindex"]);
  const references = new Set(["for", "aria-labelledby", "aria-describedby", "aria-controls"]);
  const describeAttribute = (element, { name, value }) => {
    if (valued.has(name)) return name + "=" + value;
    if (!references.has(name)) return name + (value.trim() === "");
    const found = value.split(" ").map((id) => document.getElementById(id));
    for (const target of found) if (target) links.push([element, target]);
    return name + found.every(Boolean);
  };
  const hasText = ({ childNodes }) =>
    [...childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
  const described = new Map();
  const describe = (element) => {
    const own = [element.localName, hasText(element), ...[...element.attributes].map((each) => describeAttribute(element, each))];
    const kind = number(shapes, ...own).value;
    const shape = number(shapes, kind, "of", ...[...element.children].map(describe)).value;
    described.set(element, { kind, shape });
    return shape;
  };
  describe(document.documentElement);
  const droppable = "div, p, ul, ol, li, dl, table, tr:not(:first-child), form, fieldset, details";
  const kept = "h1, h2, h3, h4, h5, h6, main, nav, aside, section, header, footer";
  const canDrop = (part) =>
    part.matches(droppable) &&
    !part.closest("th, label, legend") &&
    !part.querySelector(kept) &&
    links.every(([from, to]) => part.contains(from) === part.contains(to));
  const visit = (element, around, before, behind) => {
    const { kind, shape } = described.get(element);
    const { isNew } = number(parts, around, before, shape);
    if (!isNew && canDrop(element)) return element.remove();
    const { color, fontSize, fontWeight, backgroundColor, opacity, position } = getComputedStyle(element);
    // What is read aloud and not shown has its position, too.
    const back = number(looks, behind, backgroundColor, opacity, position).value;
    const isShown = element.checkVisibility() && (hasText(element) || element.matches("input, select, textarea"));
    const isNewLook = isShown && number(looks, kind, back, color, fontSize, fontWeight).isNew;
    element.toggleAttribute("data-is-seen", !isNewLook);
    const inside = number(parts, around, kind).value;
    let previous = "";
    for (const child of [...element.children]) {
      visit(child, inside, previous, back);
      previous = described.get(child).kind;
    }
  };
  visit(document.documentElement, [innerWidth, matchMedia("(prefers-color-scheme: dark)").matches], "", "");
})()`;

/** The size of targets is part of WCAG 2.2, but off until somebody asks for it. */
const axeRules = '{ id: "color-contrast", selector: "*:not([data-is-seen])" }, { id: "target-size", enabled: true }';

const axeScript = readFileSync(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir), "utf8");

/**
 * Runs axe (WCAG 2.2 AA and its best practices) and gives a line for each finding; none is what is wanted. The contrast
 * of colors is measured where `dropSeenParts` has left no mark; `rules` are all unless given.
 */
export async function runAxe(page: Page, { rules }: { rules?: readonly string[] } = {}): Promise<string[]> {
  // To compile it takes as long as to look at a small page.
  if (!(await page.evaluate<boolean>("'axe' in window"))) {
    await page.evaluate(`${axeScript}; axe.configure({ rules: [${axeRules}] })`);
  }
  // What it preloads is for rules that are off; selectors and what passed are half of its work to describe.
  const options = { preload: false, selectors: false, resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const { violations } = await page.evaluate<Pick<AxeResults, "violations">>(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => ({ violations }))`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary}`),
  );
}
